// The tools at the end of the head (colours, saving, the map of the keyboard), and what is said to who does not see
// the list: now and then a word, never each record.

import { effect, signal } from '../vendor/signals.mjs';
import { address } from './api.mjs';
import { KEYS } from './keys.mjs';
import * as state from './state.mjs';
import { count } from './times.mjs';
import { html, IconButton, useEffect, useRef, useState } from './ui.mjs';

const NEXT = { system: 'dark', dark: 'light', light: 'system' };
const ICON = { system: 'system', dark: 'moon', light: 'sun' };

const theme = signal(NEXT[state.kept('theme')] ? state.kept('theme') : 'system');

/** Puts the theme in force. */
export function apply() {
  document.documentElement.dataset.theme = theme.value;
}

export function Theme() {
  const now = theme.value;
  return html`<${IconButton}
    name=${ICON[now]}
    label=${`colours: ${now}; click for ${NEXT[now]}`}
    onClick=${() => {
      theme.value = state.kept('theme', NEXT[now]);
      apply();
    }}
  />`;
}

const FORMATS = [
  ['json', 'JSON lines'],
  ['csv', 'CSV'],
  ['text', 'text'],
];

export function Saving() {
  const shown = state.open.value === 'export';
  const v = state.view.value;
  const close = () => {
    state.open.value = '';
    document.getElementById('export')?.focus();
  };
  const fields = ['time', 'level', 'logger', 'message', ...v.cols].join(',');
  return html`<div class="saving">
    <${IconButton} name="save" id="export" label="save what is shown" aria-haspopup="true" aria-expanded=${String(shown)} onClick=${() => (state.open.value = shown ? '' : 'export')} />
    ${shown &&
    html`<div class="popover right" role="group" aria-label="Save what is shown as" onKeyDown=${(e) => e.key === 'Escape' && (e.stopPropagation(), close())}>
      ${FORMATS.map(([format, name]) => html`<a href=${address('/api/export', { ...state.meant(v), format, ...(format === 'csv' ? { fields } : {}) })} download onClick=${() => setTimeout(close, 100)}>${name}</a>`)}
    </div>`}
  </div>`;
}

export function Columns() {
  const { cols } = state.view.value;
  if (cols.length === 0) return null;
  return cols.map(
    (name) => html`<span class="column">${name}<button type="button" title="no column for it" aria-label=${`no column for ${name}`} onClick=${() => state.set({ cols: cols.filter((c) => c !== name) })}>×</button></span>`,
  );
}

export function Help() {
  const box = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    return () => before?.focus?.();
  }, []);
  const close = () => (state.open.value = '');
  return html`<dialog class="help" ref=${box} aria-label="Keyboard" onClose=${close} onClick=${(e) => e.target === box.current && close()}>
    <header><h2>Keyboard</h2><${IconButton} name="close" label="close" onClick=${close} /></header>
    <dl>
      ${KEYS.map((k) => html`<div><dt>${k.shown.split(' ').map((s) => (s === '…' ? ' … ' : html`<kbd>${s}</kbd>`))}</dt><dd>${k.does}</dd></div>`)}
    </dl>
    <p class="hint">A filter: words · "a phrase" · -without · logger:shop · level>=warning · user_id=42 · /re/ · a OR b</p>
  </dialog>`;
}

const EVERY = 10_000; // milliseconds

export function Announcer() {
  const [said, setSaid] = useState('');
  useEffect(() => {
    let before = null;
    const sums = () => {
      let records = 0;
      let errors = 0;
      for (const counts of state.loggers.peek().values()) {
        for (const level in counts) records += counts[level];
        errors += (counts.ERROR ?? 0) + (counts.CRITICAL ?? 0);
      }
      return { records, errors };
    };
    const timer = setInterval(() => {
      const now = sums();
      if (before && now.records > before.records) {
        const errors = now.errors - before.errors;
        setSaid(`${count(now.records - before.records)} new records, ${count(Math.max(0, errors))} errors`);
      }
      before = now;
    }, EVERY);
    const stop = effect(() => {
      const h = state.histogram.value;
      if (h && state.ready.value && !state.live.value) setSaid(`${count(h.total)} records`);
    });
    return () => {
      clearInterval(timer);
      stop();
    };
  }, []);
  return html`<div class="sr" role="status" aria-live="polite">${said}</div>`;
}
