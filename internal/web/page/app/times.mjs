// Moments and how they are written, in any time zone.

/** @typedef {'local' | 'UTC' | string} Zone an IANA name */

const formats = new Map();

/** @param {Zone} zone */
function formatOf(zone) {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone === 'local' ? undefined : zone,
      hourCycle: 'h23',
      year: 'numeric', month: '2-digit', day: '2-digit',
      hour: '2-digit', minute: '2-digit', second: '2-digit',
      timeZoneName: 'longOffset',
    });
    formats.set(zone, format);
  }
  return format;
}

/** Whether the browser knows a time zone. @param {string} zone */
export function isZone(zone) {
  if (zone === 'local') return true;
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}

/** All zones that the browser knows. @returns {string[]} */
export function zones() {
  const known = Intl.supportedValuesOf?.('timeZone') ?? [];
  return ['UTC', ...known.filter((z) => z !== 'UTC')];
}

let last = { zone: '', minute: NaN, day: '', clock: '', offset: '' };

/**
 * The parts of a moment on the clock of a zone. Consecutive calls within a minute are cheap.
 * @param {number} ms since 1970 @param {Zone} zone
 * @returns {{day: string, minute: string, second: string, offset: string}} "2026-11-22", "10:41", "41.702", "+01:00"
 */
export function parts(ms, zone) {
  const minute = Math.floor(ms / 60000);
  if (last.minute !== minute || last.zone !== zone) {
    const p = {};
    for (const { type, value } of formatOf(zone).formatToParts(minute * 60000)) p[type] = value;
    const offset = (p.timeZoneName ?? 'GMT').replace('GMT', '').replace('−', '-') || '+00:00';
    last = { zone, minute, day: `${p.year}-${p.month}-${p.day}`, clock: `${p.hour}:${p.minute}`, offset: offset.slice(0, 6) };
  }
  const rest = Math.floor(ms - minute * 60000);
  const second = `${String(Math.floor(rest / 1000)).padStart(2, '0')}.${String(rest % 1000).padStart(3, '0')}`;
  return { day: last.day, minute: last.clock, second, offset: last.offset };
}

/** "10:41:41.702". @param {number} ms @param {Zone} zone */
export function clock(ms, zone) {
  const p = parts(ms, zone);
  return `${p.minute}:${p.second}`;
}

/** "2026-11-22 10:41:41.702 +01:00". @param {number} ms @param {Zone} zone */
export function whole(ms, zone) {
  const p = parts(ms, zone);
  return `${p.day} ${p.minute}:${p.second} ${p.offset}`;
}

/**
 * A moment as RFC 3339 that an address can hold: "2026-11-22T10:41:41.702+01:00".
 * @param {number} ms @param {Zone} zone
 */
export function iso(ms, zone) {
  const p = parts(ms, zone);
  return `${p.day}T${p.minute}:${p.second}${p.offset}`;
}

/** When a record is, in milliseconds: logged, or where that is not known received. NaN if neither is known. */
export function momentOf(record) {
  return Date.parse(record.time ?? record.received ?? '');
}

/**
 * Whether a time of RFC 3339 is before another one, to the nanosecond. What is no time is not before any.
 * @param {string} [a] @param {string} [b]
 */
export function earlier(a, b) {
  const difference = Date.parse(a ?? '') - Date.parse(b ?? '');
  return difference < 0 || (difference === 0 && fraction(a) < fraction(b));
}

function fraction(text) {
  return (/\.(\d+)/.exec(text)?.[1] ?? '').padEnd(9, '0');
}

const units = { s: 1000, m: 60000, h: 3600000, d: 86400000, w: 604800000 };

/**
 * Reads a time that counts back from now: "-15m", "-1h30m". NaN for any other: the server reads those.
 * @param {string} text
 */
export function backwards(text) {
  if (!/^-(\d+(\.\d+)?[smhdw])+$/.test(text)) return NaN;
  let sum = 0;
  for (const m of text.matchAll(/(\d+(?:\.\d+)?)([smhdw])/g)) sum += Number(m[1]) * units[m[2]];
  return sum;
}

/**
 * A length of time in few letters: "350 ms", "4.2 s", "3 min", "2 h", "5 d".
 * @param {number} ms
 */
export function span(ms) {
  const abs = Math.abs(ms);
  if (abs < 1000) return `${Math.round(ms)} ms`;
  if (abs < 60000) return `${Number((ms / 1000).toFixed(abs < 10000 ? 1 : 0))} s`;
  if (abs < 3600000) return `${Math.round(ms / 60000)} min`;
  if (abs < 172800000) return `${Math.round(ms / 3600000)} h`;
  return `${Math.round(ms / 86400000)} d`;
}

const grouped = new Intl.NumberFormat('en-US');

/** 18240 → "18,240". @param {number} n */
export function count(n) {
  return grouped.format(n);
}

/** 1 record, 2 records. @param {number} n @param {string} word */
export function many(n, word) {
  return `${count(n)} ${word}${n === 1 ? '' : 's'}`;
}

/** A count for a narrow place: 940, 9.4k, 1.2M. @param {number} n */
export function short(n) {
  if (n < 1000) return String(n);
  const [value, unit] = n < 999_500 ? [n / 1000, 'k'] : n < 999_500_000 ? [n / 1e6, 'M'] : [n / 1e9, 'G'];
  return value < 9.95 ? value.toFixed(1) + unit : Math.round(value) + unit;
}
