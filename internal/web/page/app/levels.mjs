// Levels, and thresholds of loggers: from which level on their records are shown.

/** The named levels, from the lowest on. @type {{name: string, letter: string, number: number}[]} */
export const LEVELS = [
  { name: 'DEBUG', letter: 'D', number: -4 },
  { name: 'INFO', letter: 'I', number: 0 },
  { name: 'WARNING', letter: 'W', number: 4 },
  { name: 'ERROR', letter: 'E', number: 8 },
  { name: 'CRITICAL', letter: 'C', number: 12 },
];

const byName = new Map(LEVELS.map((l) => [l.name, l]));

/**
 * The named level that a level counts as: its own, or the next below (INFO+2 counts as INFO).
 * @param {string} level as the JSON form has it
 */
export function band(level) {
  const plain = byName.get(level);
  if (plain) return plain;
  const n = number(level);
  let found = LEVELS[0];
  for (const l of LEVELS) if (l.number <= n) found = l;
  return found;
}

/** @param {string} level such as "INFO+2" @returns {number} slog's number */
export function number(level) {
  const m = /^([A-Z]+)([+-]\d+)?$/.exec(level ?? '');
  const base = m && byName.get(m[1]);
  return base ? base.number + Number(m[2] ?? 0) : 0;
}

/** What a threshold may be, beside inheriting that of the logger above. */
export const THRESHOLDS = ['debug', 'info', 'warning', 'error', 'critical', 'off'];

/**
 * Reads thresholds as an address has them: "shop.cart:debug,auth:off". The signs , : and \ of a logger's name stand
 * behind a \.
 * @param {string} text @returns {Map<string, string>} logger → threshold; what cannot be read is left out
 */
export function parseThresholds(text) {
  const found = new Map();
  for (const m of (text ?? '').matchAll(/((?:\\.|[^\\:,])+):([^,]*)(?:,|$)/g)) {
    const level = m[2].trim().toLowerCase();
    if (THRESHOLDS.includes(level)) found.set(m[1].replace(/\\(.)/g, '$1'), level);
  }
  return found;
}

/** @param {Map<string, string>} thresholds */
export function formatThresholds(thresholds) {
  const sorted = [...thresholds].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([name, level]) => `${name.replace(/[\\:,]/g, '\\$&')}:${level}`).join(',');
}

/**
 * The threshold that holds for a logger, and the logger it is from.
 * @param {Map<string, string>} thresholds @param {string} logger
 * @returns {{level: string, from: string}} level is empty where none is set
 */
export function effective(thresholds, logger) {
  for (let name = logger; ; name = name.slice(0, name.lastIndexOf('.'))) {
    const level = thresholds.get(name);
    if (level) return { level, from: name };
    if (!name.includes('.')) break;
  }
  const level = thresholds.get('root');
  return level ? { level, from: 'root' } : { level: '', from: '' };
}
