// What all components are made of.

import htm from '../vendor/htm.mjs';
import { useEffect, useState } from '../vendor/hooks.mjs';
import { h } from '../vendor/preact.mjs';

export { Fragment, render } from '../vendor/preact.mjs';
export { useEffect, useRef, useState } from '../vendor/hooks.mjs';

/** Markup as a template: the only way in which components are written. Text in it is text, never markup. */
export const html = htm.bind(h);

/** Shapes of icons, as paths on a square of 16. */
const icons = {
  pause: 'M5 3v10M11 3v10',
  play: 'M5 3l8 5-8 5z',
  close: 'M4 4l8 8M12 4l-8 8',
  up: 'M4 10l4-4 4 4',
  down: 'M4 6l4 4 4-4',
  right: 'M6 4l4 4-4 4',
  tree: 'M3 3h10M5 8h8M7 13h6',
  sun: 'M8 5a3 3 0 100 6 3 3 0 000-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1',
  moon: 'M13 10A6 6 0 016 3a5.5 5.5 0 107 7z',
  system: 'M2 3h12v8H2zM6 14h4',
  hide: 'M2 2l12 12M6.5 4.2A6.5 6.5 0 0115 8a9 9 0 01-1.8 2.3M4 5a9 9 0 00-3 3c1.5 2.6 4 4.5 7 4.5a7 7 0 002.5-.5',
  filter: 'M2 3h12L9.5 8.5V13l-3-1.5v-3z',
  save: 'M8 2v8M5 7l3 3 3-3M3 13h10',
  columns: 'M2 3h12v10H2zM6.5 3v10M10 3v10',
  wrap: 'M2 4h12M2 8h9a2 2 0 010 4H8M9.5 10.5L8 12l1.5 1.5M2 12h3',
  stack: 'M3 5h10v3H3zM4 11h8M5 13.5h6',
};

/** A drawing, which says nothing to who does not see it. */
export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${icons[name]} /></svg>`;
}

/** A button that shows an icon; label says what a click will do. */
export function IconButton({ name, label, onClick, pressed, class: extra = '', ...rest }) {
  return html`<button type="button" class="icon-button ${extra}" title=${label} aria-label=${label} aria-pressed=${pressed} onClick=${onClick} ...${rest}>
    <${Icon} name=${name} />
  </button>`;
}

/** Fetches a style sheet. @param {string} name beside this module */
export function sheet(name) {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = new URL(name, import.meta.url).href;
  return new Promise((done, failed) => {
    link.onload = done;
    link.onerror = () => failed(new Error(`${name} was not loaded`));
    document.head.append(link);
  });
}

/**
 * A part of the page that is fetched when it is first wanted.
 * @param {{load: () => Promise<object>, part: string}} props and those of the part
 */
export function Later({ load, part, ...rest }) {
  const [module, setModule] = useState(null);
  const [error, setError] = useState(null);
  useEffect(() => {
    load().then(setModule, setError);
  }, []);
  if (error) return html`<p class="failed" role="alert">This part of the page was not loaded: ${error.message}</p>`;
  return module && h(module[part], rest);
}
