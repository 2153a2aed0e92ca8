// One record, whole: as the server has it, not as the list cut it.

import { text } from './api.mjs';
import { exclude, include } from './chips.mjs';
import { asText, copy, linkTo } from './copying.mjs';
import * as exact from './exact.mjs';
import { band } from './levels.mjs';
import * as state from './state.mjs';
import * as terms from './terms.mjs';
import { marked, marksIn, pieces } from './text.mjs';
import { count, momentOf, span, whole } from './times.mjs';
import { Frames } from './frames.mjs';
import { html, IconButton, useEffect, useState } from './ui.mjs';

const LATE = 2000; // milliseconds between a record's time and its arrival that are worth a word
const SHOWN = 100_000; // characters of a message that are shown at first
const FIRST_ATTRS = 200;

/** Text of strangers; in says where it stands, for what is looked for there to be marked. */
export function Text({ text: t, lines = true, in: place = '' }) {
  const found = marked(pieces(t, lines), place && marksIn(state.marks.value, place));
  return found.map((p) => (p.kind ? html`<span class=${p.kind}>${p.text}</span>` : p.text));
}

/** @param {{context: () => void, close: () => void, step: (by: number) => void}} props */
export function Detail({ context, close, step }) {
  const entry = state.selected.value;
  const id = entry?.record.id ?? state.view.value.sel;
  const [whole_, setWhole] = useState(null);
  const [raw, setRaw] = useState(false);
  useEffect(() => {
    const abort = new AbortController();
    setWhole(null);
    if (!id) return undefined;
    text(`/api/records/${encodeURIComponent(id)}`, {}, abort.signal)
      .then((body) => {
        const source = exact.parse(body).source('record');
        setWhole({ id, source, record: JSON.parse(source) });
      })
      .catch((error) => error.name !== 'AbortError' && setWhole({ id, error }));
    return () => abort.abort();
  }, [id]);
  const got = whole_?.id === id ? whole_ : null;
  const r = got?.record ?? entry?.record;
  return html`<section class="detail" aria-label="Record" tabindex="-1" id="detail">
    <h2 class="sr">Record</h2>
    <header>
      <div class="tabs" role="tablist" aria-label="Record">
        <button type="button" role="tab" id="tab-record" aria-selected=${String(!raw)} aria-controls="detail-body" tabindex=${raw ? -1 : 0} onClick=${() => setRaw(false)} onKeyDown=${(e) => e.key.startsWith('Arrow') && setRaw(true)}>Record</button>
        <button type="button" role="tab" id="tab-raw" aria-selected=${String(raw)} aria-controls="detail-body" tabindex=${raw ? 0 : -1} onClick=${() => setRaw(true)} onKeyDown=${(e) => e.key.startsWith('Arrow') && setRaw(false)}>Raw</button>
      </div>
      <span class="gap"></span>
      <${IconButton} name="up" label="previous record (k)" onClick=${() => step(-1)} />
      <${IconButton} name="down" label="next record (j)" onClick=${() => step(1)} />
      <${IconButton} name="close" label="close (Esc)" onClick=${close} />
    </header>
    <div class="body" id="detail-body" role="tabpanel" aria-labelledby=${raw ? 'tab-raw' : 'tab-record'} tabindex="0">
      ${!r && !got?.error && html`<p class="hint">…</p>`}
      ${!r && got?.error && html`<p class="hint">This record is not here${got.error.status === 404 ? ': it was never kept, or is older than what is kept' : `: ${got.error.message}`}.</p>`}
      ${r && (raw ? html`<${Raw} source=${got?.source} record=${r} />` : html`<${Whole} r=${r} entry=${entry} source=${got?.source} context=${context} />`)}
    </div>
  </section>`;
}

function Raw({ source, record }) {
  const shown = source ?? JSON.stringify(record);
  return html`<div>
    <div class="buttons"><button type="button" class="button" onClick=${() => copy(shown, 'JSON')}>copy JSON</button></div>
    <pre class="raw">${shown}</pre>
  </div>`;
}

function Whole({ r, entry, source, context }) {
  const zone = state.zone.value;
  const ms = momentOf(r);
  const received = Date.parse(r.received ?? '');
  const late = r.time && !Number.isNaN(received) && Math.abs(received - ms) > LATE;
  return html`<div class="record ${band(r.level).name}">
    <p class="head">
      <span class="badge">${r.level}${r.levelname && r.levelname !== r.level ? ` (${r.levelname})` : ''}</span>
      ${r.logger && html`<span class="logger"><${Text} text=${r.logger} lines=${false} /></span>`}
      <time>${Number.isNaN(ms) ? 'no time is known' : whole(ms, zone)}</time>
    </p>
    ${entry?.records > 1 && html`<p class="hint">${count(entry.records)} equal records, the last one at ${whole(momentOf(entry.last), zone)}</p>`}
    ${late && html`<p class="late">arrived ${span(Math.abs(received - ms))} ${received > ms ? 'after' : 'before'} its own time: ${whole(received, zone)}</p>`}
    <${Message} text=${r.message ?? ''} cut=${r.cut} />
    <div class="buttons">
      <button type="button" class="button" title="copy as text (y)" onClick=${() => copy(asText(r, zone), 'text')}>copy text</button>
      <button type="button" class="button" title="copy as JSON (Y)" onClick=${() => copy(source ?? JSON.stringify(r), 'JSON')}>copy JSON</button>
      <button type="button" class="button" title="copy a link to this record (l)" onClick=${() => copy(linkTo(r.id), 'link')}>copy link</button>
      <button type="button" class="button" title="all records around it, without the filter (c)" onClick=${context}>context</button>
    </div>
    ${r.exception && html`<${Frames} exception=${r.exception} />`}
    ${r.stack && html`<h3>Stack</h3><pre><${Text} in="stack" text=${r.stack} /></pre>`}
    <${Attrs} r=${r} source=${source} />
    <${Fields} r=${r} />
  </div>`;
}

function Message({ text: t, cut }) {
  const [all, setAll] = useState(false);
  const long = t.length > SHOWN && !all;
  return html`<pre class="message" dir="auto"><${Text} in="message" text=${long ? t.slice(0, SHOWN) : t} /></pre>
    ${long && html`<p class="hint">${count(t.length - SHOWN)} more characters <button type="button" class="link" onClick=${() => setAll(true)}>show</button></p>`}
    ${cut > t.length && html`<p class="hint">${count(cut - t.length)} more characters are not here</p>`}`;
}

function Attrs({ r, source }) {
  const [all, setAll] = useState(false);
  const object = source ? exact.parse(source).source('attrs') : r.attrs ? JSON.stringify(r.attrs) : '';
  if (!object) return null;
  const leaves = exact.leaves(exact.parse(object).value);
  if (leaves.length === 0) return null;
  const shown = all ? leaves : leaves.slice(0, FIRST_ATTRS);
  return html`<h3>Attrs <span class="hint">${leaves.length}</span></h3>
    <table class="pairs">
      <tbody>${shown.map((leaf) => html`<${Attr} leaf=${leaf} />`)}</tbody>
    </table>
    ${shown.length < leaves.length && html`<p class="hint">${leaves.length - shown.length} more <button type="button" class="link" onClick=${() => setAll(true)}>show</button></p>`}`;
}

function Attr({ leaf }) {
  const { name, value } = leaf;
  const shown = value.kind === 'string' ? value.text : exact.format(value);
  const simple = value.kind !== 'object' && value.kind !== 'array' && shown.length <= 500;
  const term = value.text === 'null' && value.kind === 'word' ? `has:${name}` : terms.equals(name, shown);
  const { cols } = state.view.value;
  const hasColumn = cols.includes(name);
  return html`<tr tabindex="0" data-term=${simple ? term : undefined}>
    <th scope="row"><${Text} text=${name} lines=${false} /></th>
    <td class=${value.kind}><${Text} in=${name} text=${shown.slice(0, 20_000)} /></td>
    <td class="acts">
      ${simple &&
      html`<button type="button" title=${`only ${term}`} aria-label=${`only with ${name} this value`} onClick=${() => include(term)}>+</button>
        <button type="button" title=${`without ${term}`} aria-label=${`without ${name} this value`} onClick=${() => exclude(term)}>−</button>`}
      <button type="button" aria-pressed=${String(hasColumn)} title=${hasColumn ? 'no column for it' : 'a column for it'} aria-label=${`a column for ${name}`} onClick=${() => state.set({ cols: hasColumn ? cols.filter((c) => c !== name) : [...cols, name] })}>▥</button>
    </td>
  </tr>`;
}

function Fields({ r }) {
  const rows = [
    ['source', r.source && [r.source.file && `${r.source.file}${r.source.line ? `:${r.source.line}` : ''}`, r.source.function].filter(Boolean).join(' in '), r.source?.file && terms.equals('file', r.source.file)],
    ['host', r.host, r.host && terms.equals('host', r.host)],
    ['process', r.process && [r.process.name, r.process.pid && `pid ${r.process.pid}`].filter(Boolean).join(' '), r.process?.pid && `pid=${r.process.pid}`],
    ['thread', r.thread && [r.thread.name, r.thread.id].filter(Boolean).join(' '), r.thread?.name && terms.equals('thread.name', r.thread.name)],
    ['task', r.task, r.task && terms.equals('task', r.task)],
    ['trace', r.trace_id, r.trace_id && `trace_id=${r.trace_id}`],
    ['span', r.span_id, ''],
    ['received', r.received && whole(Date.parse(r.received), state.zone.value), ''],
    ['from', r.peer, ''],
    ['id', r.id, ''],
  ].filter(([, value]) => value);
  return html`<h3>Where it is from</h3>
    <table class="pairs origin">
      <tbody>
        ${rows.map(
          ([name, value, term]) => html`<tr>
            <th scope="row">${name}</th>
            <td><${Text} text=${String(value)} lines=${false} /></td>
            <td class="acts">${term && html`<button type="button" aria-label=${`only with this ${name}`} title=${`only ${term}`} onClick=${() => include(term)}>+</button><button type="button" aria-label=${`without this ${name}`} title=${`without ${term}`} onClick=${() => exclude(term)}>−</button>`}</td>
          </tr>`,
        )}
      </tbody>
    </table>`;
}
