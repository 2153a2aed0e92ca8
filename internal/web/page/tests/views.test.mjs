import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bars } from '../app/bars.mjs';
import * as exact from '../app/exact.mjs';
import { band, effective, formatThresholds, number, parseThresholds } from '../app/levels.mjs';
import { build, visible } from '../app/tree.mjs';
import * as views from '../app/view.mjs';

test('a view survives its address', () => {
  const view = {
    ...views.empty(),
    q: 'level>=warning "a b"', off: ['-path:/health', 'x=1'], from: '-15m', to: '2026-11-22T10:41:41+01:00', lv: 'shop.cart:debug,auth:off',
    cols: ['user_id', 'card.kind'], tz: 'Europe/Berlin', wrap: true, single: true, show: 'patterns', sel: 'ab-1-0',
  };
  const address = views.format(view);
  assert.deepEqual(views.parse('/', address.slice(1)), view);
  assert.equal(views.format(views.empty()), '/');
  assert.equal(views.parse('/r/ab-1-0', '').sel, 'ab-1-0');
});

test('levels', () => {
  assert.deepEqual(['INFO', 'INFO+2', 'DEBUG-4', 'CRITICAL+3', 'odd'].map((l) => band(l).name), ['INFO', 'INFO', 'DEBUG', 'CRITICAL', 'INFO']);
  assert.equal(number('INFO+2'), 2);
});

test('thresholds', () => {
  const t = parseThresholds('shop.cart:debug,auth:OFF,root:info,odd\\:na\\,me:error,bad:loud,:x');
  assert.deepEqual([...t], [['shop.cart', 'debug'], ['auth', 'off'], ['root', 'info'], ['odd:na,me', 'error']]);
  assert.deepEqual(parseThresholds(formatThresholds(t)), new Map([...t].sort()));
  assert.deepEqual(effective(t, 'shop.cart.item'), { level: 'debug', from: 'shop.cart' });
  assert.deepEqual(effective(t, 'shopkeeper'), { level: 'info', from: 'root' });
  assert.deepEqual(effective(new Map(), 'x.y'), { level: '', from: '' });
});

test('the tree has placeholders, and sums', () => {
  const root = build(new Map([['shop.pay.card', { ERROR: 2 }], ['shop.pay', { INFO: 1 }], ['root', { INFO: 5 }], ['', { DEBUG: 1 }]]));
  const seen = visible(root, new Set());
  assert.deepEqual(seen.map((n) => [n.name, n.placeholder, n.depth]), [['root', false, 0], ['', false, 1], ['shop', true, 1], ['shop.pay', false, 2], ['shop.pay.card', false, 3]]);
  assert.deepEqual(root.counts, { INFO: 6, DEBUG: 1, ERROR: 2 });
  assert.deepEqual(visible(root, new Set(['shop'])).length, 3);
});

test('JSON as it stands', () => {
  const text = '{"record": {"attrs":{"n":12345678901234567890,"f":1.0,"a":1,"a":2,"g":{"x":"\\u0000\\ud800"},"e":{}}, "id":"x"},"before":[]}';
  const source = exact.parse(text).source('record');
  const attrs = exact.parse(exact.parse(source).source('attrs')).value;
  assert.deepEqual(exact.leaves(attrs).map((l) => `${l.name}=${exact.format(l.value)}`), ['n=12345678901234567890', 'f=1.0', 'a=1', 'a=2', 'g.x="\\u0000\\ud800"', 'e={}']);
  assert.throws(() => exact.parse('{"a":'));
});

test('bars: few errors among very many infos are seen', () => {
  const { bars: all, most } = bars([{ time: new Date(0).toISOString(), counts: { INFO: 100_000, ERROR: 1 }, total: 100_001 }], 1, 0, 10_000);
  assert.equal(most, 100_001);
  const error = all[0].parts.find((p) => p.level === 'ERROR');
  assert.ok(error.height >= 0.03);
  assert.ok(all[0].parts.every((p) => p.y >= 0 && p.y + p.height <= 1.000001));
});
