// The rows of the list: the history of the view, and behind it what came since the page looked. History is a
// question of time, the rest of arrival; between them lies the moment of the oldest record of the first page.

import { ask, isAbort, total } from './api.mjs';
import { isAfter, moment } from './entries.mjs';
import { History } from './history.mjs';
import { Live } from './live.mjs';
import * as state from './state.mjs';
import { Tail } from './tail.mjs';
import { backwards, earlier } from './times.mjs';

const FIRST = 200; // records of the first page
const AGAIN = 2000; // milliseconds until what failed is tried again

export class Feed {
  /** @param {{reset: () => void, moved: (index: number, delta: number) => void, draw: () => void}} list */
  constructor(list) {
    this.list = list;
    this.live = new Live(false);
    this.history = this.newHistory('', '');
    this.tail = null;
    this.abort = new AbortController();
    this.generation = 0;
  }

  get length() {
    return this.history.length + this.live.entries.length;
  }

  /** What is in a row; undefined if it is not here yet. @param {number} i */
  at(i) {
    const h = this.history.length;
    return i < h ? this.history.at(i) : this.live.entries[i - h];
  }

  /** Says which rows are looked at. @param {number} from @param {number} to */
  want(from, to) {
    this.history.want(from, Math.min(to, this.history.length));
  }

  /** The row of an entry that came live or is fetched, −1 if it is not here. */
  indexOf(entry) {
    const i = this.live.entries.indexOf(entry);
    if (i >= 0) return this.history.length + i;
    for (let k = 0; k < this.history.stretches.length; k++) {
      const j = this.history.stretches[k].entries?.indexOf(entry) ?? -1;
      if (j >= 0) return this.history.starts[k] + j;
    }
    return -1;
  }

  /** The row of a record that is here, −1 if none is. @param {string} id */
  find(id) {
    const has = (e) => e.kind === 'records' && (e.record.id === id || e.last.id === id);
    const i = this.live.entries.findIndex(has);
    if (i >= 0) return this.history.length + i;
    for (let k = 0; k < this.history.stretches.length; k++) {
      const j = this.history.stretches[k].entries?.findIndex(has) ?? -1;
      if (j >= 0) return this.history.starts[k] + j;
    }
    return -1;
  }

  /** The row at which a moment is. @param {number} ms */
  rowAt(ms) {
    const row = this.history.rowAt(ms);
    if (row < this.history.length) return row;
    const i = this.live.entries.findIndex((e) => moment(e) >= ms);
    return i < 0 ? this.length - 1 : this.history.length + i;
  }

  /** Shows a view from the beginning. @param {import('./view.mjs').View} view */
  async show(view) {
    this.close();
    const generation = ++this.generation;
    this.abort = new AbortController();
    this.parameters = resolve(state.meant(view));
    this.live = new Live(view.single);
    this.history = this.newHistory();
    this.history.single = view.single;
    state.ready.value = false;
    state.some.value = false;
    this.list.reset();
    try {
      await (view.to ? this.showPast() : this.showLive());
      if (generation === this.generation) state.failure.value = null;
    } catch (error) {
      if (!isAbort(error) && generation === this.generation) {
        this.fail(error);
        // A server that does not answer, or has too much to do, is asked again.
        if (!error.status || error.status >= 500) setTimeout(() => generation === this.generation && this.show(view), AGAIN);
      }
    }
    if (generation === this.generation) {
      state.ready.value = true;
      this.list.draw();
    }
  }

  async showPast() {
    state.connection.value = 'ended';
    await this.count();
    const h = state.histogram.value;
    if (h) this.setHistory(h, this.parameters.from || h.from, this.parameters.to);
  }

  async showLive() {
    const early = [];
    let page = null;
    let last = '';
    const { from: _from, to: _to, ...tailed } = this.parameters;
    this.tail = new Tail(tailed, {
      records: (records) => (page ? this.arrive(records.filter((r) => this.isNew(r, last))) : early.push(...records)),
      counts: (counts) => this.onCounts?.(counts),
      gap: (gap) => {
        this.live.gap(gap);
        this.grew(1, 0);
      },
      sources: (s) => (state.sources.value = s.sources ?? []),
      hello: (hello) => {
        last ||= hello.last;
        this.onHello?.(hello);
      },
      state: (s) => (state.connection.value = s),
    });
    // Rows first: counting what a filter means takes the server longer than finding the newest of it.
    page = await ask('/api/records', { ...this.parameters, order: 'newest', limit: FIRST }, this.abort.signal);
    this.place(page);
    this.arrive(early.filter((r) => this.isNew(r, last)));
    await this.count();
    const h = state.histogram.value;
    if (h?.from && this.boundary) await this.setBoundary(h);
  }

  /** The first page becomes the first live rows, but for records that share the oldest moment: those are history. */
  place(page) {
    const records = page.records.reverse();
    if (page.next && records.length) {
      const oldest = timeOf(records[0]);
      const i = records.findIndex((r) => timeOf(r) !== oldest);
      this.boundary = timeOf(records[Math.max(0, i)]);
      if (i > 0) records.splice(0, i);
    }
    this.live.push(records);
    state.some.value = records.length > 0;
    this.list.draw();
  }

  /**
   * Whether a record that was sent belongs to the live rows. Of those from before the page looked some are history,
   * or out of range; what came later is live, whatever its time is.
   * @param {object} record @param {string} last the id of the last one from before
   */
  isNew(record, last) {
    if (isAfter(record.id, last)) return true;
    const time = timeOf(record);
    return !earlier(time, this.parameters.from) && !earlier(time, this.boundary);
  }

  /** Fills the history up to the boundary: its last stretch ends there, and not where a bucket does. */
  async setBoundary(h) {
    const from = this.parameters.from || h.from;
    this.setHistory(await this.histogram({ from, to: this.boundary, width: `${h.width}s` }), from, this.boundary);
  }

  setHistory(h, from, to) {
    const before = this.history.length;
    this.history.set(h.buckets, h.width * 1000, from, to);
    this.list.moved(0, this.history.length - before);
  }

  newHistory() {
    const signal = () => this.abort.signal;
    return new History(
      {
        records: (from, to, cursor, limit) =>
          ask('/api/records', { ...this.parameters, from, to, cursor, limit, order: 'oldest' }, signal()),
        histogram: (from, to, width) => this.histogram({ from, to, width: `${width}s` }),
      },
      (index, delta) => this.list.moved(index, delta),
      (error) => this.fail(error),
    );
  }

  /** Counts by time and level what the view means. */
  async count() {
    const began = performance.now();
    const { from, to } = this.parameters;
    let h = await this.histogram({ buckets: 120 });
    // That one was widened to whole bars. With their width known, the same range is counted exactly.
    if ((from || to) && h.from) h = await this.histogram({ from: from || h.from, to, width: `${h.width}s` });
    if (from && h.from) this.parameters.from = h.from;
    state.histogram.value = { ...h, took: performance.now() - began };
  }

  async histogram(change) {
    return shape(await ask('/api/histogram', { ...this.parameters, ...change }, this.abort.signal));
  }

  /** Takes records that came. @param {object[]} records */
  arrive(records) {
    const { added, fresh } = this.live.push(records);
    if (fresh) this.grew(added, fresh);
  }

  grew(added, fresh) {
    state.some.value = true;
    if (!state.follow.value) state.fresh.value += fresh;
    const gone = this.live.overflow();
    if (gone.length) this.overflowed(gone);
    this.list.draw();
  }

  /** What the live rows let go of becomes history, to be fetched again when it is looked at. */
  overflowed(gone) {
    const first = this.live.entries.find((e) => e.kind === 'records');
    const begin = gone.find((e) => e.kind === 'records');
    const to = first && timeOf(first.record);
    const from = this.boundary ?? (begin && timeOf(begin.record));
    if (from && to && Date.parse(to) > Date.parse(from)) {
      this.history.extend(from, to, gone.length);
      this.boundary = to;
    } else {
      this.list.moved(this.history.length, -gone.length);
    }
  }

  /** Fetches the records of a gap. @param {import('./entries.mjs').Entry} entry */
  async load(entry) {
    const { gap } = entry;
    const answer = await ask(`/api/records/${encodeURIComponent(gap.from)}`, { q: this.parameters.q, lv: this.parameters.lv, after: 1000 });
    const records = gap.loaded ? answer.after : [answer.record, ...answer.after];
    const end = records.findIndex((r) => r.id === gap.to);
    const part = end < 0 ? records : records.slice(0, end + 1);
    const { index, delta } = this.live.fill(entry, part, end >= 0 || part.length === 0);
    if (index >= 0) this.list.moved(this.history.length + index, delta);
  }

  fail(error) {
    if (!isAbort(error)) state.failure.value = error;
  }

  close() {
    this.abort.abort();
    this.tail?.close();
    this.tail = null;
    this.boundary = undefined;
  }
}

function timeOf(record) {
  return record.time ?? record.received ?? '';
}

/** Times that count back from now become moments, so that all questions mean the same range. */
function resolve(parameters) {
  const back = backwards(parameters.from);
  return Number.isNaN(back) ? parameters : { ...parameters, from: new Date(Date.now() - back).toISOString() };
}

/** A histogram as the page uses it. */
export function shape(answer) {
  const buckets = (answer.buckets ?? []).map((b) => ({ time: b.time, counts: b.counts, total: total(b.counts) }));
  const counts = {};
  for (const b of [...buckets, { counts: answer.timeless ?? {} }]) for (const k in b.counts) counts[k] = (counts[k] ?? 0) + b.counts[k];
  return { buckets, width: answer.width, from: answer.from, to: answer.to, counts, total: total(counts), unreadable: answer.unreadable ?? 0, timeless: total(answer.timeless ?? {}) };
}
