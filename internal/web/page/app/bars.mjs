// The arithmetic of the histogram: bars of stacked levels over a range of time.

import { LEVELS } from './levels.mjs';

/**
 * @typedef {{x: number, width: number, index: number, time: number, total: number, parts: {level: string, y: number, height: number}[]}} Bar
 *   x and width as shares of 1; y and height too, from the top
 */

/**
 * @param {{time: string, counts: Record<string, number>, total: number}[]} buckets @param {number} width in seconds
 * @param {number} from @param {number} to in milliseconds
 * @returns {{bars: Bar[], most: number}}
 */
export function bars(buckets, width, from, to) {
  const range = Math.max(1, to - from);
  const most = buckets.reduce((m, b) => Math.max(m, b.total), 0);
  // Few errors among many infos must be seen: what is there is at least so high.
  const least = 0.04;
  const found = buckets.map((b, index) => {
    const time = Date.parse(b.time);
    const x = Math.max(0, (time - from) / range);
    const end = Math.min(1, (time + width * 1000 - from) / range);
    let y = 1;
    const parts = [];
    for (const level of [...LEVELS].reverse()) {
      const n = b.counts[level.name] ?? 0;
      if (!n) continue;
      const height = Math.max(least, (n / most) * 0.94);
      y -= height;
      parts.push({ level: level.name, y, height });
    }
    return { x, width: Math.max(0.001, end - x), index, time, total: b.total, parts: fit(parts) };
  });
  return { bars: found, most };
}

/** Parts that would stand out at the top are pressed together. */
function fit(parts) {
  const top = parts.at(-1)?.y ?? 0;
  if (top >= 0) return parts;
  const scale = 1 / (1 - top);
  return parts.map((p) => ({ ...p, y: 1 - (1 - p.y) * scale, height: p.height * scale }));
}

/** The range that a histogram shows, in milliseconds. */
export function rangeOf(h, live, now) {
  const first = h.buckets.length ? Date.parse(h.buckets[0].time) : now - 60000;
  const last = h.buckets.length ? Date.parse(h.buckets.at(-1).time) + h.width * 1000 : now;
  const from = Date.parse(h.from);
  const to = Date.parse(h.to);
  return { from: Number.isNaN(from) ? first : Math.min(from, first), to: Number.isNaN(to) ? Math.max(last, live ? Math.min(now, last) : last) : Math.max(to, from + 1000) };
}
