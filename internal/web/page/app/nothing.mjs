// When no record matches: which part of the filter is to blame, and how to do without it.

import { ask } from './api.mjs';
import { toggle } from './chips.mjs';
import { shape } from './feed.mjs';
import * as state from './state.mjs';
import * as terms from './terms.mjs';
import { count } from './times.mjs';
import { html, useEffect, useState } from './ui.mjs';

const MOST = 8; // terms tried

export function Nothing() {
  const v = state.view.value;
  const [without, setWithout] = useState([]);
  useEffect(() => {
    const abort = new AbortController();
    setWithout([]);
    const tries = [];
    const meant = state.meant(v);
    const all = terms.split(v.q).slice(0, MOST);
    const attempt = (name, change, label, act) =>
      tries.push(
        ask('/api/histogram', { ...meant, ...change, buckets: 1 }, abort.signal)
          .then((answer) => ({ name, n: shape(answer).total, label, act }))
          .catch(() => null),
      );
    if (v.from || v.to) attempt('range', { from: '', to: '' }, 'outside this range of time', () => state.set({ from: '', to: '' }));
    if (v.lv) attempt('lv', { lv: '' }, 'without the thresholds', () => state.set({ lv: '' }));
    for (const t of all) attempt(t, { q: terms.remove(v.q, t) }, html`without <code>${t}</code>`, () => toggle(t, false));
    Promise.all(tries).then((found) => !abort.signal.aborted && setWithout(found.filter((f) => f?.n > 0)));
    return () => abort.abort();
  }, [v.q, v.lv, v.from, v.to]);
  return html`<div class="nothing">
    <h2>No record matches${state.live.value ? ' yet' : ''}</h2>
    ${without.length > 0 &&
    html`<ul>
      ${without.map((w) => html`<li><span>${count(w.n)} ${w.n === 1 ? 'record' : 'records'} ${w.label}</span><button type="button" class="button" onClick=${w.act}>show</button></li>`)}
    </ul>`}
    ${state.live.value && html`<p class="hint">What comes and matches appears here.</p>`}
  </div>`;
}
