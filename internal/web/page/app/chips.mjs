// The terms of the filter as chips: a click switches one off without forgetting it, a cross removes it.

import { formatThresholds, parseThresholds } from './levels.mjs';
import { nameOf } from './range.mjs';
import * as state from './state.mjs';
import * as terms from './terms.mjs';
import { html, Icon } from './ui.mjs';

/** Wants a term. @param {string} term @param {Partial<import('./view.mjs').View>} [more] what else of the view changes */
export function include(term, more = {}) {
  const v = state.view.value;
  const without = terms.remove(v.q, terms.negate(term));
  state.set({ q: terms.add(without, term), off: v.off.filter((t) => t !== term), ...more });
}

/** Wants what is not meant by a term. @param {string} term */
export function exclude(term) {
  include(terms.negate(term));
}

/** Switches a term off, or on again. @param {string} term @param {boolean} on */
export function toggle(term, on) {
  const v = state.view.value;
  if (on) state.set({ q: terms.add(v.q, term), off: v.off.filter((t) => t !== term) });
  else state.set({ q: terms.remove(v.q, term), off: [...v.off, term] });
}

function drop(term, on) {
  const v = state.view.value;
  if (on) state.set({ q: terms.remove(v.q, term) });
  else state.set({ off: v.off.filter((t) => t !== term) });
}

function dropThreshold(name) {
  const all = parseThresholds(state.view.value.lv);
  all.delete(name);
  state.set({ lv: formatThresholds(all) });
}

export function Chips() {
  const v = state.view.value;
  const on = terms.split(v.q);
  const lv = [...parseThresholds(v.lv)];
  const range = v.from || v.to;
  const chips = on.length + v.off.length + lv.length + (range ? 1 : 0);
  if (chips === 0) return null;
  return html`<div class="chips" role="group" aria-label="What is shown">
    ${on.map((t) => html`<${Chip} key=${`+${t}`} term=${t} on=${true} />`)}
    ${v.off.map((t) => html`<${Chip} key=${`-${t}`} term=${t} on=${false} />`)}
    ${lv.map(
      ([name, level]) => html`<span class="chip threshold" key=${`lv ${name}`}>
        <span class="term">${name === 'root' ? '(root)' : name} ${level === 'off' ? 'off' : `≥ ${level.toUpperCase()}`}</span>
        <button type="button" aria-label=${`remove the threshold of ${name}`} onClick=${() => dropThreshold(name)}><${Icon} name="close" /></button>
      </span>`,
    )}
    ${range && html`<span class="chip">
      <button type="button" class="term" title="choose another range" onClick=${() => (state.open.value = 'range')}>${nameOf(v, state.zone.value)}</button>
      <button type="button" aria-label="remove the range of time" onClick=${() => state.set({ from: '', to: '' })}><${Icon} name="close" /></button>
    </span>`}
    ${chips > 1 && html`<button type="button" class="link" onClick=${() => state.set({ q: '', off: [], lv: '', from: '', to: '' })}>clear all</button>`}
  </div>`;
}

function Chip({ term, on }) {
  return html`<span class="chip ${on ? '' : 'off'} ${term.startsWith('-') ? 'not' : ''}">
    <button type="button" class="term" aria-pressed=${String(on)} title=${on ? 'switch off, without forgetting it' : 'switch on'} onClick=${() => toggle(term, !on)}>${term}</button>
    <button type="button" aria-label=${`remove ${term}`} onClick=${() => drop(term, on)}><${Icon} name="close" /></button>
  </span>`;
}
