// A view: all that decides what is shown, as the address of the page holds it.

/**
 * @typedef {object} View
 * @property {string} q the filter
 * @property {string[]} off terms that are switched off
 * @property {string} from where it begins; empty: at the oldest record
 * @property {string} to where it ends; empty: it is live
 * @property {string} lv thresholds of loggers
 * @property {string[]} cols attrs with a column of their own
 * @property {string} tz the time zone; empty: the browser's
 * @property {boolean} wrap three lines a row
 * @property {boolean} single repeated records stay apart
 * @property {string} show "patterns" in place of the list, or empty
 * @property {string} sel the id of the record that is open
 */

/** @returns {View} */
export function empty() {
  return { q: '', off: [], from: '', to: '', lv: '', cols: [], tz: '', wrap: false, single: false, show: '', sel: '' };
}

const maxTexts = 50;

/**
 * Reads a view from an address.
 * @param {string} path @param {string} search @returns {View}
 */
export function parse(path, search) {
  const view = empty();
  const p = new URLSearchParams(search);
  for (const key of ['q', 'from', 'to', 'lv', 'tz', 'sel']) view[key] = p.get(key) ?? '';
  for (const key of ['off', 'cols']) view[key] = p.getAll(key).filter(Boolean).slice(0, maxTexts);
  view.wrap = p.get('wrap') === '1';
  view.single = p.get('single') === '1';
  view.show = p.get('show') === 'patterns' ? 'patterns' : '';
  const m = /^\/r\/([^/]+)$/.exec(path);
  if (m) view.sel = decodeURIComponent(m[1]);
  return view;
}

/** The address of a view. @param {View} view */
export function format(view) {
  const p = new URLSearchParams();
  for (const key of ['q', 'from', 'to', 'lv', 'tz', 'sel']) if (view[key]) p.set(key, view[key]);
  for (const key of ['off', 'cols']) for (const text of view[key]) p.append(key, text);
  if (view.wrap) p.set('wrap', '1');
  if (view.single) p.set('single', '1');
  if (view.show) p.set('show', view.show);
  const search = p.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');
  return search ? `/?${search}` : '/';
}

/** Whether two views show the same records. @param {View} a @param {View} b */
export function sameRecords(a, b) {
  return ['q', 'from', 'to', 'lv', 'tz', 'single'].every((key) => a[key] === b[key]);
}
