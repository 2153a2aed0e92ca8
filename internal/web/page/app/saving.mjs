// What is shown, as a file; and which columns the list has.

import { address } from './api.mjs';
import * as state from './state.mjs';
import { html, IconButton } from './ui.mjs';

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
