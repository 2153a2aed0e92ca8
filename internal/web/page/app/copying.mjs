// What of a record is taken along: as text, as JSON, as a link.

import * as state from './state.mjs';
import { momentOf, whole } from './times.mjs';
import { iso } from './times.mjs';
import * as views from './view.mjs';

/** A record as lines of text. @param {object} r @param {string} zone */
export function asText(r, zone) {
  const attrs = r.attrs ? Object.entries(r.attrs).map(([k, v]) => ` ${k}=${typeof v === 'string' ? v : JSON.stringify(v)}`).join('') : '';
  const ms = momentOf(r);
  const lines = [`${Number.isNaN(ms) ? '–' : whole(ms, zone)} ${r.level} ${r.logger ?? ''} ${r.message}${attrs}`];
  if (r.exception?.traceback) lines.push(r.exception.traceback.trimEnd());
  if (r.stack) lines.push(r.stack.trimEnd());
  return `${lines.join('\n')}\n`;
}

/** The address of one record. @param {string} id */
export function linkTo(id) {
  return `${location.origin}/r/${encodeURIComponent(id)}`;
}

/** The address of what is shown, with times that stay. */
export function linkToView() {
  const v = state.view.value;
  const h = state.histogram.value;
  const from = v.from && !/^\d{4}-/.test(v.from) && h?.from ? h.from : v.from;
  return location.origin + views.format({ ...v, from, to: v.to || iso(Date.now(), state.zone.value), tz: v.tz || Intl.DateTimeFormat().resolvedOptions().timeZone });
}

/** Puts text on the clipboard. @param {string} text @param {string} what it is */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without TLS, on another address than localhost, browsers keep the clipboard to themselves.
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'sr';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    if (!done) {
      state.say('the browser does not let pages copy here');
      return;
    }
  }
  state.say(`copied ${what}`);
}
