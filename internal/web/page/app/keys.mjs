// The keyboard: everything can be done with it. The table is what "?" shows, too.

/**
 * @typedef {{keys: string[], shown: string, does: string, act: string}} Key
 */

/** @type {Key[]} */
export const KEYS = [
  { keys: ['/'], shown: '/', does: 'search', act: 'search' },
  { keys: ['j', 'ArrowDown'], shown: 'j ↓', does: 'next record', act: 'next' },
  { keys: ['k', 'ArrowUp'], shown: 'k ↑', does: 'previous record', act: 'previous' },
  { keys: ['PageDown'], shown: 'PgDn', does: 'a page on', act: 'pageDown' },
  { keys: ['PageUp'], shown: 'PgUp', does: 'a page back', act: 'pageUp' },
  { keys: ['g', 'Home'], shown: 'g Home', does: 'the oldest record', act: 'oldest' },
  { keys: ['G', 'End'], shown: 'G End', does: 'the newest one; live', act: 'newest' },
  { keys: [' '], shown: 'Space', does: 'pause, or go live', act: 'pause' },
  { keys: ['e'], shown: 'e', does: 'next error', act: 'nextError' },
  { keys: ['E'], shown: 'E', does: 'previous error', act: 'previousError' },
  { keys: ['w'], shown: 'w', does: 'next warning or error', act: 'nextWarning' },
  { keys: ['W'], shown: 'W', does: 'previous warning or error', act: 'previousWarning' },
  { keys: ['n'], shown: 'n', does: 'next match of the filter, terms that are off included', act: 'nextMatch' },
  { keys: ['N'], shown: 'N', does: 'previous match', act: 'previousMatch' },
  { keys: ['Enter', 'o'], shown: 'Enter', does: 'open the record', act: 'open' },
  { keys: ['Escape'], shown: 'Esc', does: 'close, the innermost first', act: 'close' },
  { keys: ['c'], shown: 'c', does: 'all records around it', act: 'context' },
  { keys: ['+'], shown: '+', does: 'only with the focused value', act: 'include' },
  { keys: ['-', '−'], shown: '−', does: 'without the focused value', act: 'exclude' },
  { keys: ['y'], shown: 'y', does: 'copy as text', act: 'copyText' },
  { keys: ['Y'], shown: 'Y', does: 'copy as JSON', act: 'copyJSON' },
  { keys: ['l'], shown: 'l', does: 'copy a link to the record', act: 'copyLink' },
  { keys: ['L'], shown: 'L', does: 'copy a link to what is shown', act: 'copyView' },
  { keys: ['m'], shown: 'm', does: 'put a mark here', act: 'mark' },
  { keys: ["'"], shown: '’', does: 'go to the last mark', act: 'toMark' },
  { keys: ['f'], shown: 'f', does: 'fold frames of libraries, or not', act: 'fold' },
  { keys: ['r'], shown: 'r', does: 'repeats together, or apart', act: 'repeats' },
  { keys: ['1', '2', '3', '4', '5'], shown: '1 … 5', does: 'from DEBUG … CRITICAL on, of the logger in focus', act: 'threshold' },
  { keys: ['p'], shown: 'p', does: 'patterns: what records say, apart from what varies', act: 'patterns' },
  { keys: ['t'], shown: 't', does: 'loggers (←→ fold, Space only, x hide)', act: 'tree' },
  { keys: ['h'], shown: 'h', does: 'histogram (←→ bar, Enter zoom, Backspace back)', act: 'chart' },
  { keys: ['z'], shown: 'z', does: 'time zone: here, UTC', act: 'zone' },
  { keys: ['Z'], shown: 'Z', does: 'times from the selected record on', act: 'relative' },
  { keys: ['?'], shown: '?', does: 'this', act: 'help' },
];

const byKey = new Map(KEYS.flatMap((k) => k.keys.map((key) => [key, k.act])));

/**
 * The act that a key asks for, or undefined: not while somebody types, nor what is the browser's.
 * @param {KeyboardEvent} e
 */
export function actOf(e) {
  const { target } = e;
  if (e.defaultPrevented || e.isComposing) return undefined;
  const typing = target.closest?.('input, select, textarea, [contenteditable]');
  // A second time, or while the box has the focus, it is the browser's own.
  if ((e.ctrlKey || e.metaKey) && !e.altKey && e.key === 'f') return target.id === 'search' ? undefined : 'search';
  if (e.ctrlKey || e.metaKey || e.altKey) return undefined;
  if (typing && e.key !== 'Escape') return undefined;
  // A button that has the focus is pressed by these.
  if ((e.key === ' ' || e.key === 'Enter') && target.closest?.('button, a, summary, [role=tab]')) return undefined;
  return byKey.get(e.key);
}
