// The histogram over the list: how many records of which level, when. Drag to zoom, click a bar to go there.

import { bars, rangeOf } from './bars.mjs';
import { LEVELS } from './levels.mjs';
import * as state from './state.mjs';
import { count, iso, parts, span, whole } from './times.mjs';
import { html, useRef, useState } from './ui.mjs';

/** @param {{jump: (ms: number) => void}} props */
export function Chart({ jump }) {
  const h = state.histogram.value;
  const zone = state.zone.value;
  const svg = useRef(null);
  const [drag, setDrag] = useState(null);
  const [at, setAt] = useState(-1);
  if (!h) return html`<div class="chart empty"></div>`;
  const range = rangeOf(h, state.live.value, Date.now());
  const { bars: all, most } = bars(h.buckets, h.width, range.from, range.to);
  const timeAt = (share) => range.from + share * (range.to - range.from);
  const share = (e) => {
    const r = svg.current.getBoundingClientRect();
    return Math.max(0, Math.min(1, (e.clientX - r.left) / r.width));
  };
  const zoom = (from, to) => state.set({ from: iso(Math.floor(from), zone), to: iso(Math.ceil(to), zone) });
  const down = (e) => {
    if (e.button !== 0) return;
    svg.current.setPointerCapture(e.pointerId);
    setDrag({ from: share(e), to: share(e) });
  };
  const move = (e) => {
    const s = share(e);
    if (drag) setDrag({ ...drag, to: s });
    setAt(all.findIndex((b) => s >= b.x && s < b.x + b.width));
  };
  const up = () => {
    if (!drag) return;
    const [a, b] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    setDrag(null);
    if ((b - a) * svg.current.clientWidth > 4) zoom(timeAt(a), timeAt(b));
    else jump(all[at]?.time ?? timeAt(a));
  };
  const onKeyDown = (e) => {
    const acts = {
      ArrowLeft: () => setAt(Math.max(0, (at < 0 ? all.length : at) - 1)),
      ArrowRight: () => setAt(Math.min(all.length - 1, at + 1)),
      Enter: () => all[at] && zoom(all[at].time, all[at].time + h.width * 1000),
      ' ': () => all[at] && jump(all[at].time),
      Backspace: () => history.back(),
    };
    if (!acts[e.key]) return;
    e.preventDefault();
    e.stopPropagation();
    acts[e.key]();
  };
  const tip = at >= 0 && all[at] ? h.buckets[at] : null;
  return html`<figure class="chart" aria-label="Records over time">
    <div class="plot">
      <svg
        ref=${svg}
        class="bars"
        viewBox="0 0 1 1"
        preserveAspectRatio="none"
        role="application"
        aria-roledescription="histogram"
        aria-label=${`${count(h.total)} records from ${whole(range.from, zone)} to ${whole(range.to, zone)}. Arrow keys move, Enter zooms in, Space goes there, Backspace goes back.`}
        tabindex="0"
        onPointerDown=${down}
        onPointerMove=${move}
        onPointerUp=${up}
        onPointerCancel=${() => setDrag(null)}
        onPointerLeave=${() => !drag && setAt(-1)}
        onKeyDown=${onKeyDown}
        onBlur=${() => setAt(-1)}
      >
        ${all.map((b) =>
          b.parts.map((p) => html`<rect class=${`bar ${p.level}`} x=${b.x + b.width * 0.06} width=${b.width * 0.88} y=${p.y} height=${p.height} />`),
        )}
        ${at >= 0 && all[at] && html`<rect class="cursor" x=${all[at].x} width=${all[at].width} y="0" height="1" />`}
        ${drag && html`<rect class="drag" x=${Math.min(drag.from, drag.to)} width=${Math.abs(drag.to - drag.from)} y="0" height="1" />`}
      </svg>
      <span class="most" aria-hidden="true">${most ? count(most) : ''}</span>
    </div>
    <div class="axis" aria-hidden="true">
      <span>${label(range.from, range, zone)}</span>
      <span class="tip" aria-live="off">${tip ? tipText(tip, h.width, zone) : drag ? `${label(timeAt(drag.from), range, zone)} – ${label(timeAt(drag.to), range, zone)}` : `${span(h.width * 1000)} a bar`}</span>
      <span>${label(range.to, range, zone)}</span>
    </div>
    <${Table} h=${h} zone=${zone} />
  </figure>`;
}

/** The same in words, for who does not see bars. */
function Table({ h, zone }) {
  return html`<div class="sr"><table>
    <caption>Records over time, by level</caption>
    <thead><tr><th scope="col">from</th>${LEVELS.map((l) => html`<th scope="col">${l.name}</th>`)}</tr></thead>
    <tbody>
      ${h.buckets.map((b) => html`<tr><th scope="row">${whole(Date.parse(b.time), zone)}</th>${LEVELS.map((l) => html`<td>${b.counts[l.name] ?? 0}</td>`)}</tr>`)}
    </tbody>
  </table></div>`;
}

function label(ms, range, zone) {
  const p = parts(ms, zone);
  const days = parts(range.from, zone).day !== parts(range.to, zone).day || p.day !== parts(Date.now(), zone).day;
  return `${days ? `${p.day.slice(5)} ` : ''}${p.minute}${range.to - range.from < 600_000 ? `:${p.second.slice(0, 2)}` : ''}`;
}

function tipText(bucket, width, zone) {
  const p = parts(Date.parse(bucket.time), zone);
  const levels = [...LEVELS].reverse().filter((l) => bucket.counts[l.name]).map((l) => `${count(bucket.counts[l.name])} ${l.name.toLowerCase()}`);
  return `${p.minute}:${p.second.slice(0, 2)} +${span(width * 1000)} · ${levels.join(', ')}`;
}
