// Dark or light: as the system has it, unless the reader wants it otherwise.

import { signal } from '../vendor/signals.mjs';
import { kept } from './state.mjs';
import { html, IconButton } from './ui.mjs';

const NEXT = { system: 'dark', dark: 'light', light: 'system' };
const ICON = { system: 'system', dark: 'moon', light: 'sun' };

const theme = signal(NEXT[kept('theme')] ? kept('theme') : 'system');

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
      theme.value = kept('theme', NEXT[now]);
      apply();
    }}
  />`;
}
