// What stands in the place of the list while it is empty. Before the first record: how to send one, and how far one
// has come. When no record matches: which part of the filter is to blame, and how to do without it.

import { ask, post } from './api.mjs';
import { toggle } from './chips.mjs';
import { copy } from './copying.mjs';
import { shape } from './feed.mjs';
import { snippets } from './snippets.mjs';
import * as state from './state.mjs';
import * as terms from './terms.mjs';
import { many } from './times.mjs';
import { html, useEffect, useState } from './ui.mjs';

const SILENT = 5000; // milliseconds that a client may be connected without a word

export function Teach() {
  const server = state.server.value;
  const [tab, setTab] = useState(0);
  const [sent, setSent] = useState('');
  const tabs = snippets(server?.listening ?? []);
  const now = tabs[Math.min(tab, tabs.length - 1)];
  const test = async () => {
    setSent('…');
    try {
      await post('/api/test');
      setSent('sent');
    } catch (error) {
      setSent(`not sent: ${error.message}`);
    }
  };
  const onKeyDown = (e) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!step) return;
    const next = (tab + step + tabs.length) % tabs.length;
    setTab(next);
    document.getElementById(`teach-tab-${next}`)?.focus();
    e.preventDefault();
  };
  return html`<div class="teach">
    <h2>Waiting for the first record</h2>
    <p class="lead">Paste these lines into a program on this machine. What it logs appears here as it happens.</p>
    ${tabs.length > 0 &&
    html`<div class="card">
      <div class="tabs" role="tablist" aria-label="How to log here" onKeyDown=${onKeyDown}>
        ${tabs.map((t, i) => html`<button type="button" role="tab" id=${`teach-tab-${i}`} aria-selected=${String(t === now)} aria-controls="teach-lines" tabindex=${t === now ? 0 : -1} onClick=${() => setTab(i)}>${t.tab}</button>`)}
      </div>
      <div id="teach-lines" role="tabpanel" aria-labelledby=${`teach-tab-${tabs.indexOf(now)}`}>
        <pre tabindex="0"><code>${now.lines}</code></pre>
        <div class="below"><span class="hint">${now.note}</span><button type="button" class="button" onClick=${() => copy(now.lines, 'these lines')}>Copy</button></div>
      </div>
    </div>`}
    <div class="try">
      <button type="button" class="button primary" onClick=${test}>Send a test record</button>
      <span class="hint" role="status">${sent || 'from the server to itself, by the way that yours will take'}</span>
    </div>
    <${Checklist} server=${server} />
    <${Hints} server=${server} />
  </div>`;
}

function Checklist({ server }) {
  const listening = server?.listening ?? [];
  const connected = state.sources.value.filter((s) => s.connected).length || server?.connections || 0;
  const steps = [
    [listening.length > 0, 'listening', html`<ul>${listening.map((l) => html`<li><code>${l.address}</code> ${l.what ?? l.network}</li>`)}</ul>`],
    [connected > 0, connected > 0 ? `a program is connected${connected > 1 ? ` (${connected})` : ''}` : 'a program connects', null],
    [Boolean(server?.first_record), 'the first record', null],
  ];
  return html`<ol class="checklist" aria-label="How far it is">
    ${steps.map(([done, name, more]) => html`<li class=${done ? 'done' : ''}><span class="tick" aria-hidden="true">${done ? '✓' : ''}</span><div><span>${name}</span><span class="sr">${done ? ': done' : ': not yet'}</span>${more}</div></li>`)}
  </ol>`;
}

function Hints({ server }) {
  const rejects = (server?.rejects ?? []).slice(-3);
  const silent = server?.connections > 0 && !server.first_record && server.connectedFor > SILENT;
  return html`<div class="hints" role="status">
    ${silent && html`<p>A program is connected and says nothing. Python's root logger is at WARNING until you change it: <code>logging.getLogger().setLevel(logging.DEBUG)</code></p>`}
    ${rejects.map((r) => html`<p>Something came that is no record${r.looks_like ? html`: it looks like <b>${r.looks_like}</b>` : ''}. ${r.hint}</p>`)}
    ${state.connection.value === 'away' && html`<p>The server does not answer; this page tries again by itself.</p>`}
  </div>`;
}

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
      ${without.map((w) => html`<li><span>${many(w.n, 'record')} ${w.label}</span><button type="button" class="button" onClick=${w.act}>show</button></li>`)}
    </ul>`}
    ${state.live.value && html`<p class="hint">What comes and matches appears here.</p>`}
  </div>`;
}
