import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entriesOf, isAfter, trim } from '../app/entries.mjs';
import { History } from '../app/history.mjs';
import { Live, MOST } from '../app/live.mjs';
import { Scroll, TALLEST } from '../app/scroll.mjs';

const record = (n, message = `m${n}`) => ({ id: `e-${n}-0`, time: new Date(n * 10).toISOString(), level: 'INFO', message });

test('equal records share a row, unless they are to stay apart', () => {
  const same = [1, 2, 3].map((n) => record(n, 'x'));
  assert.deepEqual(entriesOf(same, false).map((e) => [e.records, e.record.id, e.last.id]), [[3, 'e-1-0', 'e-3-0']]);
  assert.equal(entriesOf(same, true).length, 3);
  assert.equal(entriesOf([record(1, 'x'), record(2, 'y'), record(3, 'x')], false).length, 3);
});

test('a long record is cut for the list', () => {
  const r = trim({ message: 'x'.repeat(1e6), attrs: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`a${i}`, i])) });
  assert.equal(r.message.length, 4096);
  assert.equal(r.cut, 1e6);
  assert.equal(Object.keys(r.attrs).length, 64);
});

test('ids in their order', () => {
  assert.ok(isAfter('ab-10-0', 'ab-9-5') && isAfter('ab-9-10', 'ab-9-9') && isAfter('cd-1-0', 'ab-9-9'));
  assert.ok(!isAfter('ab-9-9', 'ab-9-9') && !isAfter('ab-9-9', 'ab-10-0'));
});

test('live: what comes twice is there once', () => {
  const live = new Live(false);
  assert.deepEqual(live.push([record(1), record(2)]), { added: 2, fresh: 2 });
  assert.deepEqual(live.push([record(2), record(3)]), { added: 1, fresh: 1 });
  assert.equal(live.records, 3);
});

test('live: it is bounded, and says what it lets go', () => {
  const live = new Live(false);
  for (let n = 0; n < MOST + 10; n += 100) live.push(Array.from({ length: 100 }, (_, i) => record(n + i)));
  const before = live.entries.length;
  const gone = live.overflow();
  assert.equal(gone.length + live.entries.length, before);
  assert.ok(live.entries.length <= MOST);
  assert.equal(live.records, live.entries.length);
});

test('live: a gap is filled in parts, without doubles', () => {
  const live = new Live(false);
  live.push([record(1)]);
  live.gap({ records: 3, from: 'e-2-0', to: 'e-4-0' });
  live.push([record(5)]);
  const gap = live.entries[1];
  assert.deepEqual(live.fill(gap, [record(2), record(5)], false), { index: 1, delta: 1 });
  assert.equal(gap.gap.records, 2);
  assert.deepEqual(live.fill(gap, [record(3), record(4)], true), { index: 2, delta: 1 });
  assert.deepEqual(live.entries.map((e) => e.record.id), ['e-1-0', 'e-2-0', 'e-3-0', 'e-4-0', 'e-5-0']);
});

/** A store of n records, ten milliseconds apart, asked as the server is. */
function store(n) {
  const all = Array.from({ length: n }, (_, i) => record(i));
  const between = (from, to) => all.filter((r) => Date.parse(r.time) >= Date.parse(from) && Date.parse(r.time) < Date.parse(to));
  const asked = { records: 0, histogram: 0 };
  return {
    asked,
    all,
    async records(from, to, cursor, limit) {
      asked.records++;
      const found = between(from, to);
      const at = Number(cursor || 0);
      return { records: found.slice(at, at + limit).map((r) => ({ ...r })), next: at + limit < found.length ? String(at + limit) : undefined };
    },
    async histogram(from, to, width) {
      asked.histogram++;
      const buckets = new Map();
      for (const r of between(from, to)) {
        const k = Math.floor((Date.parse(r.time) - Date.parse(from)) / width / 1000);
        buckets.set(k, (buckets.get(k) ?? 0) + 1);
      }
      return { width, buckets: [...buckets].map(([k, total]) => ({ time: new Date(Date.parse(from) + k * width * 1000).toISOString(), total })) };
    },
  };
}

async function settle(h) {
  for (let i = 0; i < 200 && (h.busy > 0 || i < 3); i++) await new Promise((done) => setImmediate(done));
}

test('history: any row of very many is found with few questions', async () => {
  const s = store(200_000);
  const h = new History(s, () => {}, (error) => assert.fail(error));
  const from = s.all[0].time;
  const to = new Date(200_000 * 10).toISOString();
  h.set((await s.histogram(from, to, 100)).buckets, 100_000, from, to);
  assert.equal(h.length, 200_000);
  for (const row of [0, 123_456, 199_999, 55_555]) {
    h.want(row, row + 40);
    await settle(h);
    assert.equal(h.at(row)?.record.id, `e-${row}-0`);
  }
  assert.ok(s.asked.records + s.asked.histogram < 25, `${s.asked.records} and ${s.asked.histogram} questions`);
  assert.equal(h.rowAt(Date.parse(s.all[123_456].time)), 123_456);
});

test('history: what differs from the count moves the rows below', async () => {
  const s = store(100);
  const moves = [];
  const h = new History(s, (index, delta) => moves.push([index, delta]), (error) => assert.fail(error));
  const from = s.all[0].time;
  const to = new Date(100 * 10).toISOString();
  h.set([{ time: from, total: 90 }], 1000, from, to);
  h.want(0, 20);
  await settle(h);
  assert.deepEqual(moves, [[0, 10]]);
  assert.equal(h.length, 100);
});

test('history: what the live rows let go of is found again, in few stretches', async () => {
  const s = store(20_100);
  const h = new History(s, () => {}, (error) => assert.fail(error));
  h.set([], 1000, '', '');
  const at = (n) => new Date(n * 10).toISOString();
  for (let n = 0; n < 20_000; n += 100) h.extend(at(n), at(n + 100), 100);
  assert.equal(h.stretches.length, 1);
  assert.equal(h.length, 20_000);
  h.want(12_345, 12_346);
  await settle(h);
  assert.equal(h.at(12_345)?.record.id, 'e-12345-0');
  h.want(19_990, 20_000);
  await settle(h);
  h.extend(at(20_000), at(20_100), 100); // the one before is looked at
  assert.equal(h.length, 20_100);
  assert.equal(h.at(19_999)?.record.id, 'e-19999-0');
  h.want(20_050, 20_051);
  await settle(h);
  assert.equal(h.at(20_050)?.record.id, 'e-20050-0');
});

test('scroll: exact up to a height, compressed beyond', () => {
  const s = new Scroll();
  s.resize(22_000, 800);
  s.moved(500);
  assert.equal(s.top, 500);

  s.resize(22 * 10_000_000, 800);
  assert.equal(s.spacer, TALLEST);
  s.go(0);
  s.moved(100);
  assert.equal(s.top, 100); // a step of the wheel
  s.moved(s.lastBar / 2);
  assert.ok(Math.abs(s.top - s.last / 2) < 1); // a jump of the thumb
  s.moved(s.lastBar);
  assert.equal(s.top, s.last);
  s.moved(s.lastBar - 50);
  assert.equal(s.top, s.last - 50);
  s.go(s.last / 4);
  assert.ok(Math.abs(s.wanted - s.lastBar / 4) < 1);
});
