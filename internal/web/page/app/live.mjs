// The records that came while the page was open, and the last ones from before it: bounded, the oldest go.

import { append, entriesOf, trim } from './entries.mjs';

/** How many entries are kept, and how many go at once when there are more. */
export const MOST = 50_000;
const STEP = 5_000;

// So many ids are remembered to know what came twice, after a connection broke off.
const REMEMBERED = 20_000;

export class Live {
  /** @param {boolean} single repeated records stay apart */
  constructor(single) {
    this.single = single;
    /** @type {import('./entries.mjs').Entry[]} */
    this.entries = [];
    this.records = 0; // in entries
    this.seen = new Set();
  }

  /**
   * Adds records that came; those that are here already are left out.
   * @param {object[]} records
   * @returns {{added: number, fresh: number}} entries and records that are new
   */
  push(records) {
    let added = 0;
    let fresh = 0;
    for (const r of records) {
      if (this.seen.has(r.id)) continue;
      this.remember(r.id);
      if (append(this.entries, trim(r), this.single)) added++;
      fresh++;
    }
    this.records += fresh;
    return { added, fresh };
  }

  remember(id) {
    this.seen.add(id);
    if (this.seen.size > REMEMBERED) {
      const old = this.seen.values();
      for (let i = 0; i < REMEMBERED / 4; i++) this.seen.delete(old.next().value);
    }
  }

  /** Adds a place where records are missing. @param {object} gap as the server told it */
  gap(gap) {
    this.entries.push({ kind: 'gap', gap, records: 0, version: 0 });
  }

  /** Adds a mark. @param {number} time */
  mark(time) {
    this.entries.push({ kind: 'mark', time, records: 0, version: 0 });
  }

  /**
   * Takes out the oldest where there are too many.
   * @returns {import('./entries.mjs').Entry[]} those that went
   */
  overflow() {
    if (this.entries.length <= MOST) return [];
    const gone = this.entries.splice(0, this.entries.length - MOST + STEP);
    for (const e of gone) this.records -= e.records;
    return gone;
  }

  /**
   * Puts records in the place of a gap.
   * @param {import('./entries.mjs').Entry} at the gap @param {object[]} records from its beginning on
   * @param {boolean} all whether nothing of it is left
   * @returns {{index: number, delta: number}} where the list changed and by how many entries; index −1 if the
   *   gap is gone
   */
  fill(at, records, all) {
    const index = this.entries.indexOf(at);
    if (index < 0) return { index, delta: 0 };
    const fresh = records.filter((r) => !this.seen.has(r.id));
    for (const r of fresh) this.remember(r.id);
    const put = entriesOf(fresh, this.single);
    this.records += fresh.length;
    const left = at.gap.records - fresh.length;
    all ||= left <= 0 && !at.gap.at_least;
    if (!all) {
      at.gap = { ...at.gap, records: Math.max(1, left), from: records.at(-1)?.id ?? at.gap.from, loaded: true };
      at.version++;
    }
    this.entries.splice(index, all ? 1 : 0, ...put);
    return { index, delta: put.length - (all ? 1 : 0) };
  }
}
