// The side of the page: the tree of loggers with counts and thresholds, and the processes that log here, each once,
// however often it connected.

import { LEVELS, THRESHOLDS, effective, formatThresholds, parseThresholds } from './levels.mjs';
import { computed, signal } from '../vendor/signals.mjs';
import * as state from './state.mjs';
import * as terms from './terms.mjs';
import { count, many, short, span } from './times.mjs';
import { build, visible } from './tree.mjs';
import { html, IconButton, useRef } from './ui.mjs';

const MOST = 400; // nodes drawn

const root = computed(() => build(state.loggers.value));
const folded = signal(new Set());
const focused = signal('root');
const nodes = computed(() => visible(root.value, folded.value));
const thresholds = computed(() => parseThresholds(state.view.value.lv));
const wanted = computed(() => new Set(terms.split(state.view.value.q)));

/** The logger that the keys 1 to 5 are about. */
export function focusedLogger() {
  return focused.value;
}

/** Sets the threshold of a logger; empty inherits. @param {string} logger @param {string} level */
export function setThreshold(logger, level) {
  const all = new Map(thresholds.value);
  if (level) all.set(logger, level);
  else all.delete(logger);
  state.set({ lv: formatThresholds(all) });
}

function termOf(logger) {
  return logger === '' ? '-has:logger' : `logger:${terms.quote(logger)}`;
}

/** Shows only a logger with all below it, or everything if that is so already. @param {string} logger */
export function only(logger) {
  const { q } = state.view.value;
  const term = termOf(logger);
  const others = terms.split(q).filter((t) => !t.startsWith('logger:'));
  const rest = others.join(' ');
  if (logger === 'root' || wanted.value.has(term)) state.set({ q: rest });
  else state.set({ q: terms.add(rest, term) });
}

/** Hides a logger with all below it, or no longer. @param {string} logger */
export function hide(logger) {
  const { q } = state.view.value;
  const term = terms.negate(termOf(logger));
  state.set({ q: wanted.value.has(term) ? terms.remove(q, term) : terms.add(q, term) });
}

function fold(name, closed) {
  const set = new Set(folded.value);
  if (closed) set.add(name);
  else set.delete(name);
  folded.value = set;
}

export function Loggers() {
  const list = useRef(null);
  const shown = nodes.value.slice(0, MOST);
  if (!shown.some((n) => n.name === focused.value)) focused.value = 'root';
  const move = (to) => {
    focused.value = to.name;
    list.current?.querySelector(`[data-logger="${CSS.escape(to.name)}"]`)?.focus();
  };
  const onKeyDown = (e) => {
    if (e.target.tagName === 'SELECT' || e.ctrlKey || e.metaKey || e.altKey) return;
    const at = shown.findIndex((n) => n.name === focused.value);
    const n = shown[at];
    const closed = folded.value.has(n.name);
    const acts = {
      ArrowDown: () => shown[at + 1] && move(shown[at + 1]),
      ArrowUp: () => shown[at - 1] && move(shown[at - 1]),
      Home: () => move(shown[0]),
      End: () => move(shown.at(-1)),
      ArrowRight: () => (closed ? fold(n.name, false) : n.children.length && shown[at + 1] && move(shown[at + 1])),
      ArrowLeft: () => (!closed && n.children.length ? fold(n.name, true) : move(shown.findLast((m, i) => i < at && m.depth < n.depth) ?? n)),
      ' ': () => only(n.name),
      Enter: () => only(n.name),
      Delete: () => hide(n.name),
      x: () => hide(n.name),
    };
    if (!acts[e.key]) return;
    e.preventDefault();
    e.stopPropagation();
    acts[e.key]();
  };
  return html`<section class="loggers" aria-label="Loggers">
    <h2 class="sr">Loggers</h2>
    <div role="treegrid" aria-label="Loggers" ref=${list} onKeyDown=${onKeyDown}>
      <div class="tree-head" role="row">
        <span class="name" role="columnheader">Loggers</span><span class="sr" role="columnheader">threshold</span>
        <span role="columnheader" title="errors and above" aria-label="errors">E</span><span role="columnheader" title="warnings" aria-label="warnings">W</span><span role="columnheader" title="infos" aria-label="infos">I</span>
      </div>
      ${shown.map((n) => html`<${Logger} key=${n.name} node=${n} />`)}
    </div>
    ${nodes.value.length > MOST && html`<p class="more">${count(nodes.value.length - MOST)} more: fold some, or search with logger:</p>`}
  </section>`;
}

function Logger({ node: n }) {
  const { level, from } = effective(thresholds.value, n.name);
  const own = thresholds.value.get(n.name) ?? '';
  const isOnly = wanted.value.has(termOf(n.name));
  const hidden = wanted.value.has(terms.negate(termOf(n.name)));
  const inherited = level && !own ? `${level} from ${from === 'root' ? '(root)' : from}` : '';
  const all = LEVELS.map((l) => `${l.name} ${count(n.counts[l.name] ?? 0)}`).join('\n');
  const closed = folded.value.has(n.name);
  return html`<div
    role="row"
    class="logger-node ${n.placeholder && n.depth ? 'placeholder' : ''} ${isOnly ? 'only' : ''} ${hidden || level === 'off' ? 'off' : ''}"
    data-logger=${n.name}
    style=${{ '--depth': n.depth }}
    aria-level=${n.depth + 1}
    aria-expanded=${n.children.length ? String(!closed) : undefined}
    aria-selected=${String(isOnly)}
    tabindex=${focused.value === n.name ? 0 : -1}
    onFocus=${() => (focused.value = n.name)}
  >
    <span class="cell" role="gridcell"><span class="twist ${n.children.length ? '' : 'none'}" aria-hidden="true" onClick=${() => fold(n.name, !closed)}>${closed ? '▸' : '▾'}</span>
    <span class="label" title=${`${n.name}${n.placeholder ? '\nonly loggers below it have records' : ''}\nclick: only this`} onClick=${() => only(n.name)}>${n.label}</span></span>
    <span class="acts" role="gridcell">
      <${IconButton} name="hide" label=${hidden ? `show ${n.name} again` : `hide ${n.name}`} pressed=${String(hidden)} onClick=${() => hide(n.name)} tabindex="-1" />
    </span>
    <span role="gridcell"><select
      class="threshold ${own ? 'set' : ''}"
      aria-label=${`threshold of ${n.name}`}
      title=${own ? `shown from ${own} on` : inherited ? `inherits ${inherited}` : 'every level is shown'}
      value=${own}
      tabindex="-1"
      onChange=${(e) => setThreshold(n.name, e.target.value)}
    >
      <option value="">${inherited ? `(${level.toUpperCase()})` : '≥'}</option>
      ${THRESHOLDS.map((t) => html`<option value=${t}>${t === 'off' ? 'OFF' : `≥ ${t.toUpperCase()}`}</option>`)}
    </select></span>
    <span class="counts" title=${all} role="none">
      <span role="gridcell" class="n errors ${errors(n) ? '' : 'zero'}">${short(errors(n))}</span>
      <span role="gridcell" class="n warnings ${n.counts.WARNING ? '' : 'zero'}">${short(n.counts.WARNING ?? 0)}</span>
      <span role="gridcell" class="n ${n.counts.INFO ? '' : 'zero'}">${short(n.counts.INFO ?? 0)}</span>
    </span>
  </div>`;
}

function errors(n) {
  return (n.counts.ERROR ?? 0) + (n.counts.CRITICAL ?? 0);
}

const MOST_SOURCES = 100;

function termsOf(s) {
  const found = [];
  if (s.host) found.push(terms.equals('host', s.host));
  if (s.pid) found.push(`pid=${s.pid}`);
  if (s.process && !s.pid) found.push(terms.equals('process.name', s.process));
  return found;
}

function toggleSource(s) {
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
      ${all.slice(0, MOST_SOURCES).map((s) => {
        const name = [s.host, s.process].filter(Boolean).join(' ') || s.peer || 'unknown';
        const gone = s.connected === false;
        const ago = Date.now() - Date.parse(s.last);
        const mine = termsOf(s);
        const only = mine.length > 0 && mine.every((t) => wanted.includes(t));
        const again = s.reconnects ? `connected again ${many(s.reconnects, 'time')}` : '';
        const title = `${many(s.records ?? 0, 'record')}${s.peer ? ` from ${s.peer}` : ''}${again && `\n${again}: what a SocketHandler logged in between may be lost`}`;
        return html`<li key=${`${s.host} ${s.pid} ${s.process}`}>
          <button type="button" class="source ${only ? 'only' : ''}" aria-pressed=${String(only)} title=${title} disabled=${mine.length === 0} onClick=${() => toggleSource(s)}>
            <span class="dot ${s.connected ? 'on' : gone ? 'gone' : 'unknown'}" aria-hidden="true"></span>
            <span class="name">${name}</span>
            <span class="pid">${s.pid ? `pid ${s.pid}` : ''}</span>
            <span class="sr">${s.connected ? 'connected' : gone ? 'gone' : ''} ${again}</span>
            <span class="ago">${again && html`<span aria-hidden="true">↻${s.reconnects} </span>`}${ago > 60000 ? span(ago) : ''}</span>
          </button>
        </li>`;
      })}
    </ul>
    ${all.length > MOST_SOURCES && html`<p class="more">${count(all.length - MOST_SOURCES)} more</p>`}
  </section>`;
}
