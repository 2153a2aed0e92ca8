// What stands in a row of the list: records that are equal, one after the other; records that are not
// here; or a mark of the reader.

import { momentOf } from './times.mjs';

/**
 * @typedef {object} Entry
 * @property {'records' | 'gap' | 'mark'} kind
 * @property {object} [record] the first of the records
 * @property {object} [last] the last of them
 * @property {number} records how many
 * @property {number} version counts changes, so that a row that shows it is drawn again
 * @property {object} [gap] what the server said of what it did not send
 * @property {number} [time] of a mark
 */

// A list is no place for a megabyte; the detail asks for the whole of a record.
const maxText = 4096;
const maxTraceback = 16384;
const maxAttrs = 64;

/** Cuts what is long, in place: the record is the list's own. @param {object} r */
export function trim(r) {
  if (r.message?.length > maxText) {
    r.cut = r.message.length;
    r.message = r.message.slice(0, maxText);
  }
  const e = r.exception;
  if (e?.traceback?.length > maxTraceback) e.traceback = `${e.traceback.slice(0, maxText)}\n…\n${e.traceback.slice(-maxText)}`;
  if (e?.message?.length > maxText) e.message = e.message.slice(0, maxText);
  if (r.stack?.length > maxText) r.stack = r.stack.slice(0, maxText);
  if (r.attrs) r.attrs = trimAttrs(r.attrs);
  return r;
}

function trimAttrs(attrs) {
  const names = Object.keys(attrs);
  let changed = names.length > maxAttrs;
  const found = {};
  for (const name of names.slice(0, maxAttrs)) {
    let v = attrs[name];
    if (typeof v === 'string' && v.length > maxText) {
      v = v.slice(0, maxText);
      changed = true;
    } else if (v !== null && typeof v === 'object') {
      const text = JSON.stringify(v);
      if (text.length > maxText) {
        v = text.slice(0, maxText);
        changed = true;
      }
    }
    found[name] = v;
  }
  return changed ? found : attrs;
}

/** @param {object} record @returns {Entry} */
export function entry(record) {
  return { kind: 'records', record, last: record, records: 1, version: 0 };
}

/** Whether a record says the same as another. */
export function same(a, b) {
  return (
    a.message === b.message &&
    a.logger === b.logger &&
    a.level === b.level &&
    a.exception?.traceback === b.exception?.traceback &&
    a.cut === b.cut
  );
}

/**
 * Adds a record to the end of entries: to the last one if it says the same.
 * @param {Entry[]} entries @param {object} record @param {boolean} single never join
 * @returns {boolean} whether there is a new entry
 */
export function append(entries, record, single) {
  const at = entries.at(-1);
  if (!single && at?.kind === 'records' && same(at.last, record)) {
    at.last = record;
    at.records++;
    at.version++;
    return false;
  }
  entries.push(entry(record));
  return true;
}

/** @param {object[]} records @param {boolean} single @returns {Entry[]} */
export function entriesOf(records, single) {
  const found = [];
  for (const r of records) append(found, trim(r), single);
  return found;
}

/**
 * Whether an id was given later than another one. Ids of different epochs cannot be compared: then it was.
 * @param {string} id @param {string} other
 */
export function isAfter(id, other) {
  const [epoch, sequence, index] = id.split('-');
  const [otherEpoch, otherSequence, otherIndex] = other.split('-');
  if (epoch !== otherEpoch) return true;
  return Number(sequence) - Number(otherSequence) > 0 || (sequence === otherSequence && Number(index) > Number(otherIndex));
}

/** When an entry begins, in milliseconds; NaN where that is not known. @param {Entry} e */
export function moment(e) {
  return e.kind === 'records' ? momentOf(e.record) : e.time ?? NaN;
}
