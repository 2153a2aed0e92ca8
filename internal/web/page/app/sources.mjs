// The processes that log here: each once, however often it connected.

import * as state from './state.mjs';
import * as terms from './terms.mjs';
import { count, span } from './times.mjs';
import { html } from './ui.mjs';

const MOST = 100;

function termsOf(s) {
  const found = [];
  if (s.host) found.push(terms.equals('host', s.host));
  if (s.pid) found.push(`pid=${s.pid}`);
  if (s.process && !s.pid) found.push(terms.equals('process.name', s.process));
  return found;
}

function toggle(s) {
  const wanted = terms.split(state.view.value.q);
  const mine = termsOf(s);
  let { q } = state.view.value;
  if (mine.every((t) => wanted.includes(t))) for (const t of mine) q = terms.remove(q, t);
  else for (const t of mine) q = terms.add(q, t);
  state.set({ q });
}

export function Sources() {
  const all = state.sources.value;
  const wanted = terms.split(state.view.value.q);
  return html`<section class="sources" aria-label="Sources">
    <h2>Sources</h2>
    ${all.length === 0 && html`<p class="more">none yet</p>`}
    <ul>
      ${all.slice(0, MOST).map((s) => {
        const name = [s.host, s.process].filter(Boolean).join(' ') || s.peer || 'unknown';
        const gone = s.connected === false;
        const ago = Date.now() - Date.parse(s.last);
        const mine = termsOf(s);
        const only = mine.length > 0 && mine.every((t) => wanted.includes(t));
        const title = `${count(s.records ?? 0)} records${s.peer ? ` from ${s.peer}` : ''}${s.reconnects ? `\nconnected again ${s.reconnects} ${s.reconnects === 1 ? 'time' : 'times'}: what a SocketHandler logged in between may be lost` : ''}`;
        return html`<li key=${`${s.host} ${s.pid} ${s.process}`}>
          <button type="button" class="source ${only ? 'only' : ''}" aria-pressed=${String(only)} title=${title} disabled=${mine.length === 0} onClick=${() => toggle(s)}>
            <span class="dot ${s.connected ? 'on' : gone ? 'gone' : ''}" aria-hidden="true"></span>
            <span class="name">${name}</span>
            <span class="pid">${s.pid ? `pid ${s.pid}` : ''}</span>
            <span class="sr">${s.connected ? 'connected' : gone ? 'gone' : ''}</span>
            <span class="ago">${s.reconnects ? `↻${s.reconnects} ` : ''}${ago > 60000 ? span(ago) : ''}</span>
          </button>
        </li>`;
      })}
    </ul>
    ${all.length > MOST && html`<p class="more">${count(all.length - MOST)} more</p>`}
  </section>`;
}
