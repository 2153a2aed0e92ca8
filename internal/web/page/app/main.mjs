// The page.

import { computed, effect, signal, untracked } from '../vendor/signals.mjs';
import { App } from './app.mjs';
import { Commands } from './commands.mjs';
import { Counts } from './counts.mjs';
import { List } from './list.mjs';
import * as state from './state.mjs';
import { ask } from './api.mjs';
import * as terms from './terms.mjs';
import { apply } from './tools.mjs';
import { html, render } from './ui.mjs';
import * as views from './view.mjs';

const POLL = 1000; // milliseconds between questions to a server that has no record yet

apply();

const commands = signal(null);

/** The list's place is there: the rest begins. @param {HTMLElement} element */
function begin(element) {
  const list = new List(element);
  const counts = new Counts(() => list.feed.count());
  commands.value = new Commands(list, counts);
  list.feed.onCounts = (c) => counts.add(c);
  list.feed.onHello = () => {
    counts.load();
    learn();
  };
  let before = null;
  effect(() => {
    const v = state.view.value;
    if (before && views.sameRecords(before, v)) {
      before = v;
      return;
    }
    const first = before === null;
    before = v;
    untracked(async () => {
      const sel = v.sel;
      await list.feed.show(v);
      if (first && !state.server.value) learn();
      if (v.to) counts.load();
      if (sel && state.view.value.sel === sel) commands.value.locate(sel);
    });
  });
  effect(() => mark(sought.value));
  addEventListener('popstate', () => {
    const { sel } = state.view.value;
    if (sel) commands.value.locate(sel);
    else list.clear();
  });
}

const sought = computed(() => terms.whole(state.view.value));

/** Marks what a filter looks for. @param {string} q */
async function mark(q) {
  let marks = null;
  try {
    if (q) marks = (await import('./texts.mjs')).marksOf((await ask('/api/check', { q })).texts);
  } catch {
    // the list says what is wrong with the filter
  }
  if (q === sought.peek()) state.marks.value = marks;
}

// Until there is a record, what the server knows is asked for again and again: the checklist lives of it.
let asking = 0;
let connectedAt = 0;
async function learn() {
  clearTimeout(asking);
  try {
    const server = await ask('/api/server');
    connectedAt = server.connections > 0 ? connectedAt || performance.now() : 0;
    server.connectedFor = connectedAt ? performance.now() - connectedAt : 0;
    state.server.value = server;
    if (!state.sources.value.length) state.sources.value = (await ask('/api/sources')).sources ?? [];
  } catch (error) {
    if (error.status === 401) return;
    // else it is asked again
  }
  if (!state.server.value?.first_record && !state.histogram.value?.total) asking = setTimeout(learn, POLL);
}

const place = document.getElementById('page');
place.replaceChildren();
render(html`<${App} begin=${begin} commands=${commands} />`, place);
