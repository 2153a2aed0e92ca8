// What records say, apart from what varies: the same sentence with other numbers is one row. The server counts them. This
// module is fetched when it is first wanted.

import { ask, isAbort } from './api.mjs';
import { exclude, include } from './chips.mjs';
import { band } from './levels.mjs';
import * as state from './state.mjs';
import { pieces } from './text.mjs';
import { count, many, parts, whole } from './times.mjs';
import { html, sheet, useEffect, useState } from './ui.mjs';

await sheet('./patterns.css');

/** @param {{show: (id: string) => void}} props show goes to a record in the list */
export function Patterns({ show }) {
  const v = state.view.value;
  const [answer, setAnswer] = useState(null);
  const [error, setError] = useState(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    setError(null);
    ask('/api/patterns', { ...state.meant(v), limit: 200 }, abort.signal).then(setAnswer, (e) => !isAbort(e) && setError(e));
    return () => abort.abort();
  }, [v.q, v.lv, v.from, v.to, v.tz, round]);
  return html`<section class="patterns" aria-label="Patterns">
    <header>
      <h2 class="sr">Patterns</h2>
      <p class="hint" role="status">${error ? error.message : answer ? sayOf(answer, state.zone.value) : 'counting…'}</p>
      <button type="button" class="button" onClick=${() => setRound(round + 1)}>Count again</button>
    </header>
    ${answer?.patterns.length > 0 &&
    html`<table>
      <thead><tr><th scope="col" class="n">records</th><th scope="col">share</th><th scope="col"><span class="sr">level</span></th><th scope="col">logger</th><th scope="col">message</th><th scope="col">last</th><th scope="col"><span class="sr">acts</span></th></tr></thead>
      <tbody onKeyDown=${onKeyDown}>${answer.patterns.map((p, i) => html`<${Pattern} key=${p.id} p=${p} most=${answer.patterns[0].records} looked=${answer.looked} first=${i === 0} show=${show} />`)}</tbody>
    </table>`}
    ${answer?.others.records > 0 && html`<p class="hint">${many(answer.others.records, 'record')} of ${many(answer.others.patterns, 'other pattern')}: search, or choose a level or a logger, to see them.</p>`}
  </section>`;
}

function sayOf(answer, zone) {
  if (answer.looked === 0) return 'no records';
  const kinds = answer.patterns.length + answer.others.patterns;
  const said = `${many(kinds, 'pattern')} of ${answer.complete ? 'all' : 'the newest'} ${many(answer.looked, 'record')}`;
  return answer.complete || !answer.oldest ? said : `${said}, since ${short(Date.parse(answer.oldest), zone)}`;
}

function short(ms, zone) {
  const p = parts(ms, zone);
  return `${p.day === parts(Date.now(), zone).day ? '' : `${p.day.slice(5)} `}${p.minute}:${p.second.slice(0, 2)}`;
}

function Pattern({ p, most, looked, first, show }) {
  const zone = state.zone.value;
  const level = band(p.level);
  const share = (100 * p.records) / looked;
  const only = () => p.filter && include(p.filter, { show: '' });
  const times = p.last && `${whole(Date.parse(p.first), zone)}\n${whole(Date.parse(p.last), zone)}`;
  return html`<tr class=${level.name} tabindex=${first ? 0 : -1} data-term=${p.filter || undefined} onKeyDown=${(e) => e.key === 'Enter' && e.target === e.currentTarget && (e.preventDefault(), only())}>
    <td class="n">${count(p.records)}</td>
    <td class="share" title=${`${share.toFixed(2)} %`}><span class="part" style=${{ width: `${(100 * p.records) / most}%` }}></span><span>${share < 1 ? '<1' : Math.round(share)} %</span></td>
    <td class="level" title=${p.level}>${level.letter}</td>
    <td class="logger" title=${p.file ? `${p.logger}\n${p.file}:${p.line}` : p.logger}>${said(p.logger)}</td>
    <td class="template" title="only these records" onClick=${only}>${p.template ? stars(p.template) : html`<span class="hint">(no message)</span>`}</td>
    <td class="last" title=${times}>${p.last ? short(Date.parse(p.last), zone) : '–'}</td>
    <td class="acts">
      ${p.filter &&
      html`<button type="button" tabindex="-1" title="only these records (Enter)" aria-label="only these records" onClick=${only}>+</button>
        <button type="button" tabindex="-1" title="without them (−)" aria-label="without these records" onClick=${() => exclude(p.filter)}>−</button>`}
      <button type="button" tabindex="-1" title="show the newest one" aria-label="show the newest one" onClick=${() => show(p.id)}>▸</button>
    </td>
  </tr>`;
}

function said(text) {
  return pieces(text).map((x) => (x.kind ? html`<span class=${x.kind}>${x.text}</span>` : x.text));
}

function stars(template) {
  return template.split('*').map((text, i) => html`${i > 0 && html`<i class="varies">*</i>`}${said(text)}`);
}

// The rows are one stop of the Tab key; arrows, j and k go from one to the next.
function onKeyDown(e) {
  const row = e.target.closest('tr');
  const to = { ArrowDown: row.nextElementSibling, j: row.nextElementSibling, ArrowUp: row.previousElementSibling, k: row.previousElementSibling }[e.key];
  if (to === undefined || e.ctrlKey || e.metaKey || e.altKey) return;
  e.preventDefault();
  to?.focus();
}
