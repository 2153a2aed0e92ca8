// The parts of the page and where they stand.

import { Nothing, Teach } from './blank.mjs';
import { Chart } from './chart.mjs';
import { Chips } from './chips.mjs';
import { Range } from './range.mjs';
import { Search } from './search.mjs';
import { Loggers, Sources } from './side.mjs';
import * as state from './state.mjs';
import { count, many } from './times.mjs';
import { Announcer, Columns, Help, Saving, Theme } from './tools.mjs';
import { html, Icon, IconButton, Later, useEffect, useRef } from './ui.mjs';

/** @param {{begin: (element: HTMLElement) => void, commands: {value: import('./commands.mjs').Commands}}} props */
export function App({ begin, commands }) {
  const c = commands.value;
  const tree = state.open.value === 'tree';
  const unborn = state.unborn.value;
  return html`<div class="app ${state.detail.value ? 'with-detail' : ''}">
      <a class="skip" href="#grid">to the records</a>
      <header class="top">
        <${IconButton} name="tree" class="drawer-button" label="loggers and sources" aria-expanded=${String(tree)} onClick=${() => (state.open.value = tree ? '' : 'tree')} />
        <${Brand} />
        <${Search} />
        <${Range} />
        <${Pause} commands=${c} />
        <span class="tools">
          <${IconButton} name="stack" label=${state.view.value.single ? 'equal records together (r)' : 'equal records apart (r)'} pressed=${String(!state.view.value.single)} onClick=${() => c?.run('repeats')} />
          <${IconButton} name="wrap" label=${state.view.value.wrap ? 'one line a record' : 'three lines a record'} pressed=${String(state.view.value.wrap)} onClick=${() => state.set({ wrap: !state.view.value.wrap })} />
          <${Saving} />
          <${Theme} />
          <button type="button" class="icon-button" title="keyboard (?)" aria-label="keyboard" onClick=${() => (state.open.value = 'help')}>?</button>
        </span>
      </header>
      <aside class="side ${tree ? 'open' : ''}" aria-label="Loggers and sources">
        <${Loggers} />
        <${Sources} />
      </aside>
      <div class="veil ${tree ? 'open' : ''}" onClick=${() => (state.open.value = '')}></div>
      <main>
        ${!unborn && html`<${Chart} jump=${(ms) => c?.jump(ms)} /><${Chips} />`}
        ${(!unborn || state.failure.value) && html`<${Status} />`}
        <${ListPlace} begin=${begin} show=${(id) => c?.showRecord(id)} />
        <${Bottom} commands=${c} />
      </main>
      ${state.detail.value && html`<${Later} load=${() => import('./detail.mjs')} part="Detail" context=${() => c?.run('context')} close=${() => c?.closeDetail()} step=${(by) => c?.step(by)} />`}
    </div>
    ${state.open.value === 'help' && html`<${Help} />`}
    <div class="note ${state.note.value ? 'shown' : ''}" role="status">${state.note.value}</div>
    <${Announcer} />`;
}

const WORDS = { connecting: 'connecting', live: 'live', away: 'no answer, trying again', hidden: 'resting', ended: 'a range of the past' };

function Brand() {
  const now = state.connection.value;
  const rate = state.rate.value;
  return html`<div class="brand">
    <h1><a href="/" title="everything, live">jackdaw</a></h1>
    <span class="state ${now}" title=${WORDS[now]}><span class="dot" aria-hidden="true"></span>${now === 'live' && rate > 0 ? `${count(rate)}/s` : now === 'ended' ? 'past' : now === 'away' ? 'no answer' : now}</span>
  </div>`;
}

/** One button, and its words are what a click does. */
function Pause({ commands }) {
  if (!state.live.value) return html`<button type="button" id="pause" class="button pause" onClick=${() => commands?.run('newest')}><${Icon} name="play" /><span class="word">Go live</span></button>`;
  const follows = state.follow.value;
  return html`<button type="button" id="pause" class="button pause ${follows ? '' : 'paused'}" onClick=${() => commands?.run('pause')}>
    <${Icon} name=${follows ? 'pause' : 'play'} /><span class="word">${follows ? 'Pause' : 'Go live'}</span>
  </button>`;
}

function Status() {
  const h = state.histogram.value;
  const e = state.failure.value;
  if (e) return html`<div class="status failed" role="alert">${e.message}${e.hint ? ` ${e.hint}` : ''}</div>`;
  const patterns = state.view.value.show === 'patterns';
  const errors = h ? (h.counts.ERROR ?? 0) + (h.counts.CRITICAL ?? 0) : 0;
  return html`<div class="status">
    <div class="headings" role="presentation">
      ${!patterns && html`<span class="time">time</span><span class="level"></span><span class="logger">logger</span><${Columns} /><span class="text">message</span>`}
    </div>
    <button type="button" class="link" title=${patterns ? 'back to the records (p)' : 'what records say, apart from what varies (p)'} onClick=${() => state.set({ show: patterns ? '' : 'patterns' })}>${patterns ? 'records' : 'patterns'}</button>
    <span class="sum">${h ? html`${many(h.total, 'record')}${errors > 0 && html`, <b class="errors">${many(errors, 'error')}</b>`}${h.unreadable > 0 && ` (${count(h.unreadable)} cannot be read)`}` : ''}</span>
  </div>`;
}

function Token() {
  return html`<form action="/login" method="get" class="nothing token">
    <h2>A token is needed</h2>
    <p class="hint">This server shows records to those who have one. Its operator named the file with them at the start.</p>
    <label>Token <input name="token" type="password" autocomplete="off" required /></label>
    <button type="submit" class="button primary">Enter</button>
  </form>`;
}

function ListPlace({ begin, show }) {
  const place = useRef(null);
  useEffect(() => begin(place.current), []);
  const unborn = state.unborn.value;
  const none = state.nothing.value;
  const locked = state.failure.value?.status === 401;
  return html`<div class="list-place">
    <div class="records" ref=${place}></div>
    ${unborn && html`<div class="over"><${Teach} /></div>`}
    ${state.view.value.show === 'patterns' && !unborn && html`<div class="over"><${Later} load=${() => import('./patterns.mjs')} part="Patterns" show=${show} /></div>`}
    ${none && !unborn && html`<div class="over"><${Nothing} /></div>`}
    ${locked && html`<div class="over"><${Token} /></div>`}
  </div>`;
}

/** What came meanwhile. */
function Bottom({ commands }) {
  const n = state.fresh.value;
  if (state.follow.value || !state.live.value || n === 0) return null;
  return html`<button type="button" class="fresh" onClick=${() => commands?.run('newest')}><${Icon} name="down" />${count(n)} new · go live</button>`;
}
