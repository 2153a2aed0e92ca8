// What the parts of the page share: signals, and the acts that change the view. The view is in the address;
// what is only about this browser (theme, widths) is in its storage.

import { batch, computed, signal } from '../vendor/signals.mjs';
import { isZone } from './times.mjs';
import * as views from './view.mjs';

/** The view. Change it with set. */
export const view = signal(views.parse(location.pathname, location.search));

/** Whether the list follows what comes. */
export const follow = signal(!view.value.to && !view.value.sel);

/** Records that came since the list stopped following. */
export const fresh = signal(0);

/** @type {import('../vendor/signals-core.mjs').Signal<'connecting' | 'live' | 'away' | 'hidden' | 'ended'>} */
export const connection = signal('connecting');

/** Records a second that the server receives, of all loggers. */
export const rate = signal(0);

/** What the server says of itself, or null while it is not known. */
export const server = signal(null);

/** Counts by logger and level. @type {import('../vendor/signals-core.mjs').Signal<Map<string, Record<string, number>>>} */
export const loggers = signal(new Map());

/** The processes that log here. */
export const sources = signal([]);

/** The histogram of what is shown: {buckets, width, from, to, total, counts}, or null. */
export const histogram = signal(null);

/** The entry that is selected in the list, or null. */
export const selected = signal(null);

/** Whether the detail of what is selected is open. */
export const detail = signal(Boolean(view.value.sel));

/** Why nothing can be shown: an APIError, or null. */
export const failure = signal(null);

/** A word to the reader that goes away by itself. */
export const note = signal('');

/** Whether the first answer to the present view is here. */
export const ready = signal(false);

/** Which drawer or dialog is open: '', 'tree', 'help', 'range', 'columns', 'export'. */
export const open = signal('');

/** The time zone: of the view, or else the browser's. */
export const zone = computed(() => (view.value.tz && isZone(view.value.tz) ? view.value.tz : 'local'));

/** Whether times in the list are told as how long ago they are, from the marked record. */
export const relative = signal(NaN);

/** Whether frames of libraries are folded. */
export const folding = signal(true);

/** What to mark in texts, or null: see texts.mjs. @type {import('../vendor/signals-core.mjs').Signal<import('./text.mjs').Mark[] | null>} */
export const marks = signal(null);

/** Whether the list has a row: it may, before the histogram knows. */
export const some = signal(false);

/** Whether no record is in the view. */
export const nothing = computed(() => ready.value && !some.value && !failure.value && histogram.value?.total === 0);

/** Whether there never was a record. */
export const unborn = computed(() => {
  const v = view.value;
  return nothing.value && !(v.q || v.lv || v.from || v.to) && !server.value?.first_record;
});

export const live = computed(() => !view.value.to);

/**
 * Changes the view.
 * @param {Partial<views.View>} change
 * @param {{replace?: boolean}} [how] replace: without a step for the browser's back button
 */
export function set(change, { replace = false } = {}) {
  const now = { ...view.value, ...change };
  const address = views.format(now);
  if (address === views.format(view.value)) return;
  if (replace) history.replaceState(history.state, '', address);
  else history.pushState(null, '', address);
  batch(() => {
    const other = !views.sameRecords(view.value, now);
    view.value = now;
    if (other) {
      follow.value = !now.to;
      fresh.value = 0;
    }
  });
}

addEventListener('popstate', () => {
  batch(() => {
    view.value = views.parse(location.pathname, location.search);
    follow.value = !view.value.to && !view.value.sel;
    detail.value = Boolean(view.value.sel);
    if (!detail.value) selected.value = null;
  });
});

let silence = 0;

/** Says something for some seconds. @param {string} text */
export function say(text) {
  note.value = text;
  clearTimeout(silence);
  silence = setTimeout(() => (note.value = ''), 4000);
}

/** Parameters that every question about the view has. @param {views.View} v */
export function meant(v) {
  return { q: v.q, lv: v.lv, from: v.from, to: v.to, tz: v.tz || Intl.DateTimeFormat().resolvedOptions().timeZone };
}

/** Something of this browser's own. @param {string} key @param {string} [value] to keep */
export function kept(key, value) {
  try {
    if (value === undefined) return localStorage.getItem(`jackdaw.${key}`) ?? '';
    localStorage.setItem(`jackdaw.${key}`, value);
  } catch {
    // a browser that keeps nothing
  }
  return value ?? '';
}
