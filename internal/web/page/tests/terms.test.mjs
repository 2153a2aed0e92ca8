import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, equals, negate, quote, remove, split, whole } from '../app/terms.mjs';

test('split', () => {
  const f = (filter, want) => assert.deepEqual(split(filter), want, filter);
  f('', []);
  f('  level>=warning   logger:shop ', ['level>=warning', 'logger:shop']);
  f('"connection refused" -path:/health', ['"connection refused"', '-path:/health']);
  f('a "quote \\" in it" b', ['a', '"quote \\" in it"', 'b']);
  f('retry (refused OR timeout)', ['retry', '(refused OR timeout)']);
  f('retry refused OR timeout', ['retry refused OR timeout']);
  f('a AND b', ['a', 'b']);
  f('NOT a b', ['NOT a', 'b']);
  f('/a b/i c', ['/a b/i', 'c']);
  f('path:/^\\/(api|var) x/ y', ['path:/^\\/(api|var) x/', 'y']);
  f('path:/health x/y', ['path:/health', 'x/y']);
  f('since:"2 hours ago" x', ['since:"2 hours ago"', 'x']);
  f('"odd name"=5', ['"odd name"=5']);
});

test('add puts an OR into parentheses, and nothing twice', () => {
  assert.equal(add('', 'a'), 'a');
  assert.equal(add('a', 'b'), 'a b');
  assert.equal(add('a b', 'b'), 'a b');
  assert.equal(add('a OR b', 'c'), '(a OR b) c');
  assert.equal(add('(a OR b)', 'c'), '(a OR b) c');
  assert.equal(add('x', 'a OR b'), 'x (a OR b)');
});

test('remove and negate', () => {
  assert.equal(remove('a b c', 'b'), 'a c');
  assert.equal(remove('a b', 'x'), 'a b');
  assert.equal(negate('a'), '-a');
  assert.equal(negate('-a'), 'a');
});

test('quote what would mean something else', () => {
  assert.equal(quote('visa'), 'visa');
  assert.equal(quote('10.0.0.7'), '10.0.0.7');
  assert.equal(quote('-5'), '"-5"');
  assert.equal(quote('OR'), '"OR"');
  assert.equal(quote('a "b" \\'), '"a \\"b\\" \\\\"');
  assert.equal(equals('path', '/api/*'), 'path="/api/*"');
  assert.equal(equals('odd name', '5'), '"odd name"=5');
});

test('whole has what is switched off in it again', () => {
  assert.equal(whole({ q: 'a', off: ['b', 'c OR d'] }), 'a b (c OR d)');
  assert.equal(whole({ q: '', off: ['b'] }), 'b');
  assert.equal(whole({ q: 'a', off: [] }), 'a');
});
