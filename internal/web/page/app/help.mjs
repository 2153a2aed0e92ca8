// The map of the keyboard.

import { KEYS } from './keys.mjs';
import * as state from './state.mjs';
import { html, IconButton, useEffect, useRef } from './ui.mjs';

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
