import assert from 'node:assert/strict';
import { test } from 'node:test';
import { marked, marksIn, pieces } from '../app/text.mjs';
import { marksOf } from '../app/texts.mjs';

const said = (text, lines) => pieces(text, lines).map((p) => (p.kind ? `${p.kind}(${p.text})` : p.text)).join('|');

test('plain text stays one piece', () => {
  assert.equal(said('order 67254, 日本語, é, 👍'), 'order 67254, 日本語, é, 👍');
});

test('what is not seen is named', () => {
  assert.equal(said('a\nb'), 'a|odd(↵)|b');
  assert.equal(said('a\u0000b\u007f'), 'a|odd(␀)|b|odd(␡)');
  assert.equal(said('abc\u202edcba'), 'abc|odd(U+202E)|dcba');
  assert.equal(said('zero\u200bwidth'), 'zero|odd(U+200B)|width');
  assert.equal(said('lone \ud83d here'), 'lone |odd(U+D83D)| here');
  assert.equal(said('a\r\nb'), 'a|odd(↵)|b');
});

test('lines stay lines where there is room for them', () => {
  assert.equal(said('a\n\tb', true), 'a\n\tb');
  assert.equal(said('a\rb', true), 'a|odd(␍)|b');
});

test('colours become classes, other sequences are shown', () => {
  assert.equal(said('\u001b[31mred\u001b[0m plain'), 'fg1(red)| plain');
  assert.equal(said('\u001b[1;32mboth\u001b[22mgreen\u001b[39mnone'), 'bold fg2(both)|fg2(green)|none');
  assert.equal(said('\u001b[38;5;196mx'), 'x');
  assert.equal(said('\u001b[2Jgone'), 'odd(␛)|[2Jgone');
  assert.equal(said('\u001b]0;title\u0007'), 'odd(␛)|]0;title|odd(␇)');
});

test('what a filter looks for is marked, as the server finds it', () => {
  const f = (texts, text, want, place = 'message') => {
    const found = marked(pieces(text), marksIn(marksOf(texts), place));
    assert.equal(found.map((p) => (p.kind.includes('hit') ? `[${p.text}]` : p.text)).join(''), want, text);
  };
  const word = (...parts) => [{ parts }];
  f(word('order'), 'Order order_id=77 reorder orders', '[Order] [order]_id=77 reorder orders');
  f(word('refuse', ''), 'connection refused', 'connection [refuse]d');
  f(word('', 'order', ''), 'reorders', 're[order]s');
  f(word('ti', 'out'), 'a timeout, ti out', 'a [timeout], ti out');
  f(word('a+b (c)'), 'a+b (c) aab', '[a+b (c)] aab');
  f(word('10.0.0'), '10.0.0.7 10.0.01', '[10.0.0].7 10.0.01');
  f(word('接続'), 'データ接続エラー', 'データ[接続]エラー');
  f([{ regexp: 'x+' }], 'ax X', 'a[x] X');
  f([{ regexp: 'x+', ignore_case: true }], 'ax X', 'a[x] [X]');
  f([...word('one two'), ...word('two three')], 'one two three', '[one two][ three]');
  f([{ name: 'path', parts: ['api'] }], '/api', '/api');
  f([{ name: 'path', parts: ['api'] }], '/api', '/[api]', 'path');
  f([{ name: 'card', parts: ['visa'] }], 'visa', '[visa]', 'card.kind');
  f([{ name: 'traceback', parts: ['no'] }, { parts: ['yes'] }], 'no yes', 'no [yes]');
  f(word('u'), 'a\u200bu', 'aU+200B[u]');
  f(word('red'), '\u001b[31mred\u001b[0m red', '[red] [red]');
});

test('what a browser cannot look for in bounded time is not looked for', () => {
  for (const regexp of ['^order .*$', '(a+)+$', '(a|aa)*b', '(?i)x', 'a*b*c*d', '\\pN\\z(', 'x'.repeat(400), '(a|a)'.repeat(40), '((a)|a)'.repeat(40), `${'a?'.repeat(40)}a`]) assert.equal(marksOf([{ regexp }]), null, regexp);
  const most = { 'a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|q|r': 20_000, 'colou?r': 20_000, '(a|a)': 20_000, '(?:a|a){3}': undefined, '(a|b|c)(a|b|c)(a|b|c)(a|b|c)(a|b|c)': 20_000, '(a|b)(a|b)(a|b)(a|b)\\d+': 1369 };
  for (const regexp in most) assert.equal(marksOf([{ regexp }])?.[0].most, most[regexp], regexp);
  const [mark] = marksOf([{ regexp: '\\d+.*ms' }]);
  const began = process.cpuUsage(); // of the processor: a machine may stand still meanwhile
  assert.deepEqual(marked([{ text: '1'.repeat(1e6), kind: '' }], [mark]), [{ text: '1'.repeat(1e6), kind: '' }]);
  assert.ok(process.cpuUsage(began).user < 2e6);
});
