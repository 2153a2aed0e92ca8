// The range of time, and the zone that times are told in.

import * as state from './state.mjs';
import { isZone, parts, zones } from './times.mjs';
import { html, Icon, useEffect, useRef, useState } from './ui.mjs';

const PRESETS = [
  ['-5m', 'last 5 minutes'],
  ['-15m', 'last 15 minutes'],
  ['-1h', 'last hour'],
  ['-6h', 'last 6 hours'],
  ['-1d', 'last 24 hours'],
  ['-7d', 'last 7 days'],
  ['today', 'today'],
  ['', 'everything'],
];

/** The range of a view in words. @param {import('./view.mjs').View} v @param {string} zone */
export function nameOf(v, zone) {
  if (!v.from && !v.to) return 'everything';
  const preset = PRESETS.find(([from]) => from === v.from);
  if (!v.to && preset) return preset[1];
  return `${short(v.from, zone) || 'the first'} – ${v.to ? short(v.to, zone) : 'now'}`;
}

function short(text, zone) {
  const ms = /^\d{4}-/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(ms)) return text;
  const p = parts(ms, zone);
  const today = p.day === parts(Date.now(), zone).day;
  return `${today ? '' : `${p.day.slice(5)} `}${p.minute}${p.second === '00.000' ? '' : `:${p.second.slice(0, 2)}`}`;
}

export function Range() {
  const v = state.view.value;
  const shown = state.open.value === 'range';
  const [from, setFrom] = useState(v.from);
  const [to, setTo] = useState(v.to);
  const [zone, setZone] = useState(v.tz);
  const first = useRef(null);
  useEffect(() => {
    setFrom(v.from);
    setTo(v.to);
    setZone(v.tz);
    if (shown) first.current?.focus();
  }, [shown, v.from, v.to, v.tz]);
  const close = () => {
    state.open.value = '';
    document.getElementById('range')?.focus();
  };
  const go = (change) => {
    state.set(change);
    close();
  };
  const submit = (e) => {
    e.preventDefault();
    if (zone && !isZone(zone)) state.say(`the time zone ${zone} is not known`);
    else go({ from: from.trim(), to: to.trim(), tz: zone.trim() });
  };
  const here = state.histogram.value;
  return html`<div class="range">
    <button type="button" id="range" class="button" aria-haspopup="dialog" aria-expanded=${String(shown)} onClick=${() => (state.open.value = shown ? '' : 'range')}>
      ${nameOf(v, state.zone.value)}<${Icon} name="down" />
    </button>
    ${shown &&
    html`<div class="popover" role="dialog" aria-label="Range of time" onKeyDown=${(e) => e.key === 'Escape' && (e.stopPropagation(), close())}>
      <div class="presets">
        ${PRESETS.map(([text, name], i) => html`<button type="button" ref=${i === 0 ? first : null} aria-pressed=${String(v.from === text && !v.to)} onClick=${() => go({ from: text, to: '' })}>${name}</button>`)}
        <button type="button" title="hide what is there; nothing is deleted" onClick=${() => go({ from: new Date().toISOString(), to: '' })}>from here on</button>
      </div>
      <form class="fields" onSubmit=${submit}>
        <label>from <input value=${from} placeholder="3 hours ago" onInput=${(e) => setFrom(e.target.value)} /></label>
        <label>to <input value=${to} placeholder="now: goes on live" onInput=${(e) => setTo(e.target.value)} /></label>
        <p class="hint">-15m, 9:30, yesterday 17:30, 2026-11-22T10:41Z</p>
        <label>time zone <input value=${zone} list="zones" placeholder=${Intl.DateTimeFormat().resolvedOptions().timeZone} onInput=${(e) => setZone(e.target.value)} /></label>
        <datalist id="zones">${zones().map((z) => html`<option value=${z} />`)}</datalist>
        <button type="submit" class="button primary">Show</button>
        ${here?.unreadable > 0 && html`<p class="hint">${here.unreadable} records cannot be read: the store is damaged there</p>`}
      </form>
    </div>`}
  </div>`;
}
