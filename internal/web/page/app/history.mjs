// The records of a range of time as a list of a known length, of which only the part that is looked at is
// fetched. A histogram says how many records there are in each stretch of time, and so at which row a
// stretch begins; a stretch with too many of them is divided by a finer histogram. What is fetched may turn out to
// be more or less than was counted (records came late, equal ones share a row): then the rows below move.

import { entriesOf } from './entries.mjs';

/**
 * @typedef {object} Stretch
 * @property {string} from @property {string} to RFC 3339, as the server has them
 * @property {number} begin @property {number} end in milliseconds
 * @property {number} rows
 * @property {import('./entries.mjs').Entry[] | null} entries null until fetched
 * @property {number} used when it was last looked at
 */

const PAGE = 400; // more records than this are divided, if time allows
const FINEST = 1000; // milliseconds
const REQUEST = 5000; // records at a time of a stretch that cannot be divided
const KEPT = 20_000; // entries

/**
 * @typedef {object} Source
 * @property {(from: string, to: string, cursor: string, limit: number) => Promise<{records: object[], next?: string}>} records
 * @property {(from: string, to: string, width: number) => Promise<{buckets: {time: string, total: number}[], width: number}>} histogram
 *   width in seconds
 */

export class History {
  /**
   * @param {Source} source
   * @param {(index: number, delta: number) => void} changed rows from index on moved by delta
   * @param {(error: Error) => void} failed
   */
  constructor(source, changed, failed) {
    this.source = source;
    this.changed = changed;
    this.failed = failed;
    this.single = false;
    /** @type {Stretch[]} */
    this.stretches = [];
    this.starts = [0];
    this.wanted = { from: 0, to: 0 };
    this.busy = 0;
    this.clock = 0;
  }

  get length() {
    return this.starts.at(-1);
  }

  /**
   * Begins anew with what a histogram has.
   * @param {{time: string, total: number}[]} buckets @param {number} width in milliseconds
   * @param {string} from @param {string} to bounds of the range, or empty
   */
  set(buckets, width, from, to) {
    this.stretches = stretchesOf(buckets, width, from, to);
    this.measure();
  }

  /**
   * Puts a stretch behind all others. As long as nobody looks at the last one it is a part of that: a page that is open for
   * days has no more of them.
   * @param {string} from @param {string} to @param {number} rows
   */
  extend(from, to, rows) {
    const last = this.stretches.at(-1);
    if (last?.to === from && !last.entries && !last.loading) Object.assign(last, { to, end: Date.parse(to), rows: last.rows + rows });
    else this.stretches.push({ from, to, begin: Date.parse(from), end: Date.parse(to), rows, entries: null, used: 0 });
    this.measure();
  }

  measure() {
    let sum = 0;
    this.starts = [0, ...this.stretches.map((s) => (sum += s.rows))];
  }

  /** The stretch that holds a row. @param {number} row */
  find(row) {
    let low = 0;
    let high = this.stretches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= row) low = middle;
      else high = middle - 1;
    }
    while (low < this.stretches.length - 1 && this.stretches[low].rows === 0) low++;
    return low;
  }

  /** What is at a row; undefined if it is not fetched. @param {number} row */
  at(row) {
    const i = this.find(row);
    return this.stretches[i]?.entries?.[row - this.starts[i]];
  }

  /** The row at which a moment is. @param {number} ms */
  rowAt(ms) {
    const i = this.stretches.findIndex((s) => s.end > ms);
    if (i < 0) return this.length;
    const s = this.stretches[i];
    const inside = s.entries ? s.entries.findIndex((e) => Date.parse(e.record.time ?? e.record.received) >= ms) : 0;
    return this.starts[i] + (inside < 0 ? s.rows : inside);
  }

  /** Says which rows are looked at, up to but not with the second. @param {number} from @param {number} to */
  want(from, to) {
    this.wanted = { from: Math.max(0, from), to: Math.min(this.length, to) };
    this.pump();
  }

  // Two requests at a time, always for what is looked at now: who drags the scroll bar across a million rows
  // waits for the last place only.
  pump() {
    if (this.wanted.to <= this.wanted.from) return;
    for (let i = this.find(this.wanted.from); i < this.stretches.length && this.starts[i] < this.wanted.to; i++) {
      const s = this.stretches[i];
      s.used = ++this.clock;
      if (s.entries || s.loading || s.rows === 0) continue;
      if (this.busy >= 2) return;
      s.loading = true;
      this.busy++;
      const work = s.rows > PAGE && s.end - s.begin > FINEST ? this.divide(s) : this.load(s);
      work.catch(this.failed).finally(() => {
        s.loading = false;
        this.busy--;
        this.pump();
      });
    }
  }

  /** @param {Stretch} s */
  async divide(s) {
    const parts = Math.min(60, Math.ceil((s.rows / PAGE) * 2));
    const width = Math.max(1, Math.ceil((s.end - s.begin) / 1000 / parts));
    const answer = await this.source.histogram(s.from, s.to, width);
    const found = stretchesOf(answer.buckets, answer.width * 1000, s.from, s.to);
    if (found.length === 0) found.push({ ...s, entries: [], rows: 0, loading: false });
    this.replace(s, found);
  }

  /** @param {Stretch} s */
  async load(s) {
    const records = [];
    let cursor = '';
    do {
      const answer = await this.source.records(s.from, s.to, cursor, s.rows > PAGE ? REQUEST : 1000);
      records.push(...answer.records);
      cursor = answer.next ?? '';
    } while (cursor && records.length < 100_000);
    const entries = entriesOf(records, this.single);
    this.replace(s, [{ ...s, entries, rows: entries.length, loading: false, used: this.clock }]);
    this.forget();
  }

  replace(s, found) {
    const at = this.stretches.indexOf(s);
    if (at < 0) return; // begun anew meanwhile
    const row = this.starts[at];
    const delta = found.reduce((sum, f) => sum + f.rows, 0) - s.rows;
    this.stretches.splice(at, 1, ...found);
    this.measure();
    this.changed(row, delta);
  }

  // Forgets what was looked at longest ago; how many rows it is stays known.
  forget() {
    let sum = 0;
    for (const s of [...this.stretches].sort((a, b) => b.used - a.used)) {
      if (!s.entries) continue;
      sum += s.entries.length;
      if (sum > KEPT && s.used < this.clock - 20) s.entries = null;
    }
  }
}

/** @returns {Stretch[]} */
function stretchesOf(buckets, width, from, to) {
  const first = Date.parse(from);
  const last = Date.parse(to);
  return buckets
    .filter((b) => b.total > 0)
    .map((b) => {
      const time = Date.parse(b.time);
      const early = time < first;
      const late = time + width > last;
      return {
        from: early ? from : b.time,
        to: late ? to : new Date(time + width).toISOString(),
        begin: early ? first : time,
        end: late ? last : time + width,
        rows: b.total,
        entries: null,
        used: 0,
      };
    });
}
