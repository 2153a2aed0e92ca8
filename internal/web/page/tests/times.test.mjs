import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backwards, clock, earlier, iso, isZone, short, span, whole } from '../app/times.mjs';

const at = Date.parse('2026-07-01T10:41:41.702Z');

test('moments in zones', () => {
  assert.equal(whole(at, 'UTC'), '2026-07-01 10:41:41.702 +00:00');
  assert.equal(whole(at, 'Europe/Berlin'), '2026-07-01 12:41:41.702 +02:00');
  assert.equal(whole(at, 'Asia/Kolkata'), '2026-07-01 16:11:41.702 +05:30');
  assert.equal(clock(at, 'America/St_Johns'), '08:11:41.702');
  assert.equal(Date.parse(iso(at, 'America/New_York')), at);
  assert.equal(clock(-1, 'UTC'), '23:59:59.999');
});

test('times to the nanosecond', () => {
  assert.ok(earlier('2026-11-22T10:41:41.702000001Z', '2026-11-22T11:41:41.702000002+01:00'));
  assert.ok(!earlier('2026-11-22T10:41:41.702000002Z', '2026-11-22T11:41:41.702000002+01:00'));
  assert.ok(!earlier('2026-11-22T10:41:41.702Z', '2026-11-22T10:41:41.7019Z'));
  assert.ok(!earlier('', '2026-11-22T10:41:41Z') && !earlier('2026-11-22T10:41:41Z', undefined));
});

test('zones', () => {
  assert.ok(isZone('Europe/Berlin') && isZone('local'));
  assert.ok(!isZone('Europe/Atlantis'));
});

test('times that count back', () => {
  assert.equal(backwards('-15m'), 900_000);
  assert.equal(backwards('-1h30m'), 5_400_000);
  for (const text of ['', 'today', '15m', '-m', '-15', '2026-11-22']) assert.ok(Number.isNaN(backwards(text)), text);
});

test('counts and spans in few letters', () => {
  assert.deepEqual([0, 999, 1000, 9940, 12345, 999_499, 999_500, 1.2e9].map(short), ['0', '999', '1.0k', '9.9k', '12k', '999k', '1.0M', '1.2G']);
  assert.deepEqual([350, 4200, 59_000, 180_000, 7_200_000, 5 * 86_400_000].map(span), ['350 ms', '4.2 s', '59 s', '3 min', '2 h', '5 d']);
});
