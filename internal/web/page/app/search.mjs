// The box for the filter: it shows what is wrong at its place, and completes what is being typed.

import { ask, isAbort } from './api.mjs';
import * as state from './state.mjs';
import { count } from './times.mjs';
import { html, useEffect, useRef, useState } from './ui.mjs';

const PAUSE = 180; // milliseconds without a key until the filter is tried

/** Puts the cursor into the box. */
export function focusSearch() {
  const box = document.getElementById('search');
  box?.focus();
  box?.select();
}

export function Search() {
  const { q } = state.view.value;
  const [text, setText] = useState(q);
  const [wrong, setWrong] = useState(null);
  const [items, setItems] = useState(null);
  const [at, setAt] = useState(-1);
  const box = useRef(null);
  const work = useRef({ timer: 0, abort: null, typed: false });

  useEffect(() => {
    if (document.activeElement !== box.current || !work.current.typed) {
      setText(q);
      setWrong(null);
    }
    work.current.typed = false;
  }, [q]);

  const later = (value, place) => {
    const w = work.current;
    clearTimeout(w.timer);
    w.abort?.abort();
    w.abort = new AbortController();
    const { signal } = w.abort;
    w.timer = setTimeout(() => {
      check(value, signal, true);
      complete(value, place, signal);
    }, PAUSE);
  };
  const check = async (value, signal, replace) => {
    try {
      await ask('/api/check', { q: value }, signal);
    } catch (error) {
      if (isAbort(error)) return;
      if (error.column) {
        setWrong(error);
        return;
      }
      // The server could not say; the list will show what it says of the filter itself.
    }
    setWrong(null);
    work.current.typed = true;
    state.set({ q: value.trim() }, { replace });
  };
  const complete = async (value, place, signal) => {
    try {
      const found = await ask('/api/complete', { q: value, at: place }, signal);
      // Who has left the box, or has written it all, wants nothing offered.
      const typed = [...value].slice(found.from, found.to).join('');
      const more = document.activeElement === box.current && found.items.some((item) => item.text !== typed);
      setItems(more ? found : null);
      setAt(-1);
    } catch (error) {
      if (!isAbort(error)) setItems(null);
    }
  };
  const take = (item) => {
    // Places are in characters, as people count them.
    const chars = [...text];
    const put = item.text;
    const next = [...chars.slice(0, items.from), put, ...chars.slice(items.to)].join('');
    const cursor = [...chars.slice(0, items.from).join(''), ...put].length;
    setText(next);
    setItems(null);
    requestAnimationFrame(() => {
      const units = [...next].slice(0, cursor).join('').length;
      box.current.focus();
      box.current.setSelectionRange(units, units);
      later(next, cursor);
    });
  };
  const commit = () => {
    clearTimeout(work.current.timer);
    work.current.abort?.abort();
    work.current.abort = new AbortController();
    setItems(null);
    check(text, work.current.abort.signal, false);
  };
  const onKeyDown = (e) => {
    const n = items?.items.length ?? 0;
    if (n && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) {
      e.preventDefault();
      setAt((at + (e.key === 'ArrowDown' ? 1 : n) + (at < 0 && e.key === 'ArrowUp' ? 1 : 0)) % n);
    } else if (n && (e.key === 'Tab' || (e.key === 'Enter' && at >= 0)) && !e.shiftKey) {
      e.preventDefault();
      take(items.items[Math.max(0, at)]);
    } else if (e.key === 'Enter') commit();
    else if (e.key === 'Escape') {
      e.stopPropagation();
      if (items) setItems(null);
      else box.current.blur();
    }
  };
  const onInput = (e) => {
    setText(e.target.value);
    later(e.target.value, [...e.target.value.slice(0, e.target.selectionStart)].length);
  };
  return html`<div class="search" role="search">
    <input
      id="search"
      ref=${box}
      type="text"
      role="combobox"
      autocomplete="off"
      autocapitalize="off"
      spellcheck=${false}
      maxlength="8192"
      placeholder="Search: words, level>=warning, logger:shop, user_id=42"
      aria-label="Filter"
      aria-expanded=${String(Boolean(items))}
      aria-controls="completions"
      aria-autocomplete="list"
      aria-activedescendant=${items && at >= 0 ? `completion-${at}` : undefined}
      aria-invalid=${String(Boolean(wrong))}
      aria-describedby=${wrong ? 'search-error' : undefined}
      value=${text}
      onInput=${onInput}
      onKeyDown=${onKeyDown}
      onBlur=${() => setTimeout(() => setItems(null), 150)}
    />
    <kbd class="slash" aria-hidden="true">/</kbd>
    <ul id="completions" role="listbox" aria-label="Completions" hidden=${!items}>
      ${items?.items.map(
        (item, i) => html`<li id=${`completion-${i}`} role="option" aria-selected=${String(i === at)} onPointerDown=${(e) => (e.preventDefault(), take(item))}>
          <span class="text">${item.text}</span><span class="kind">${item.records ? count(item.records) : item.kind}</span>
        </li>`,
      )}
    </ul>
    ${wrong && html`<${Wrong} error=${wrong} text=${text} />`}
  </div>`;
}

/** What is wrong with a filter, under the place that is meant. */
function Wrong({ error, text }) {
  const chars = [...text];
  const from = Math.max(0, (error.column || 1) - 1);
  const length = Math.max(1, error.length || 1);
  return html`<div class="wrong" id="search-error" role="alert">
    ${error.column > 0 && html`<code>${chars.slice(0, from).join('')}<mark>${chars.slice(from, from + length).join('') || ' '}</mark>${chars.slice(from + length).join('')}</code>`}
    <p>${error.message}${error.hint ? html` <span class="hint">${error.hint}</span>` : ''}</p>
  </div>`;
}
