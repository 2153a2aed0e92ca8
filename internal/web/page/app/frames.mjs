// A traceback: a section for each exception of the chain, frames of libraries folded.

import { copy } from './copying.mjs';
import { Text } from './detail.mjs';
import * as state from './state.mjs';
import { many } from './times.mjs';
import { base, parse, runs } from './traceback.mjs';
import { html, useState } from './ui.mjs';

export function Frames({ exception }) {
  const text = exception.traceback ?? '';
  const sections = parse(text);
  if (!sections) {
    const said = text || [exception.type, exception.message].filter(Boolean).join(': ');
    return html`<h3>Exception</h3><pre class="error"><${Text} in="exception" text=${said} /></pre>`;
  }
  return html`<div class="traceback">
    <h3>Traceback <button type="button" class="link" onClick=${() => copy(text, 'traceback')}>copy</button></h3>
    ${sections.map(
      (s) => html`<section>
        ${s.title && html`<p class="then">${s.title}</p>`}
        <pre class="error"><${Text} in="exception" text=${s.error} /></pre>
        ${runs(s.frames).map((run) => html`<${Run} run=${run} />`)}
      </section>`,
    )}
  </div>`;
}

function Run({ run }) {
  const [open, setOpen] = useState(false);
  if (!run.own && state.folding.value && !open) {
    return html`<button type="button" class="folded" aria-expanded="false" onClick=${() => setOpen(true)}>▸ ${many(run.frames.length, 'frame')} in libraries</button>`;
  }
  return html`<ol class="frames ${run.own ? 'own' : ''}">
    ${run.frames.map(
      (f) => html`<li>
        <button type="button" class="place" title=${`${f.file}:${f.line}\nclick: copy`} onClick=${() => copy(`${f.file}:${f.line}`, 'place')}><${Text} text=${`${base(f.file)}:${f.line}`} lines=${false} /></button>
        ${f.name && html`<span class="in"> in <${Text} text=${f.name} lines=${false} /></span>`}
        ${f.code.length > 0 && html`<code><${Text} in="exception" text=${f.code.join('\n')} /></code>`}
      </li>`,
    )}
  </ol>`;
}
