// What can be done, whether by a key or by a click.

import { ask } from './api.mjs';
import { exclude, include } from './chips.mjs';
import { asText, copy, linkTo, linkToView } from './copying.mjs';
import { moment } from './entries.mjs';
import { actOf } from './keys.mjs';
import { LEVELS, band } from './levels.mjs';
import { focusedLogger, setThreshold } from './side.mjs';
import { focusSearch } from './search.mjs';
import * as state from './state.mjs';
import * as terms from './terms.mjs';
import { earlier } from './times.mjs';

const TRIES = 40; // at showing a record that was asked for
const MOST = 600; // while rows are on their way
const PAUSE = 50; // milliseconds between them

// What is about rows of the list, and does nothing while they are not seen.
const OF_LIST = new Set([
  'next', 'previous', 'pageDown', 'pageUp', 'oldest', 'nextError', 'previousError', 'nextWarning', 'previousWarning', 'nextMatch', 'previousMatch',
  'open', 'context', 'copyText', 'copyJSON', 'copyLink', 'mark', 'toMark', 'repeats',
]);

export class Commands {
  /** @param {import('./list.mjs').List} list @param {import('./counts.mjs').Counts} counts */
  constructor(list, counts) {
    this.list = list;
    this.counts = counts;
    document.addEventListener('keydown', (e) => {
      const act = actOf(e);
      if (act && this.run(act, e) !== false) e.preventDefault();
    });
  }

  get record() {
    return state.selected.value?.record;
  }

  /**
   * Does it. Returns false where there was nothing to do, and the key is the browser's.
   * @param {string} act as in keys.mjs @param {KeyboardEvent} [event]
   */
  run(act, event) {
    if (state.view.value.show && OF_LIST.has(act)) return false;
    return this[act]?.(event);
  }

  search() {
    focusSearch();
  }

  next() {
    this.list.move(1);
  }

  previous() {
    this.list.move(-1);
  }

  pageDown() {
    this.list.move(Math.max(1, Math.floor(this.list.scroll.page / this.list.height) - 1));
  }

  pageUp() {
    this.list.move(-Math.max(1, Math.floor(this.list.scroll.page / this.list.height) - 1));
  }

  oldest() {
    this.list.pause();
    this.list.reveal(0);
  }

  newest() {
    if (!state.live.value) {
      state.set({ to: '', from: '', sel: '' });
      state.follow.value = true;
      return;
    }
    this.list.goLive();
  }

  pause() {
    if (!state.live.value) return this.newest();
    if (state.follow.value) this.list.pause();
    else this.newest();
    return true;
  }

  nextError() {
    return this.seek(1, 8);
  }

  previousError() {
    return this.seek(-1, 8);
  }

  nextWarning() {
    return this.seek(1, 4);
  }

  previousWarning() {
    return this.seek(-1, 4);
  }

  nextMatch() {
    return this.match(1);
  }

  previousMatch() {
    return this.match(-1);
  }

  /** Selects the next record that the filter means with all its terms, those that are switched off too. */
  match(step) {
    const { q, off } = state.view.value;
    if (!off.length) return this.list.move(step);
    return this.seekFar(step, terms.whole({ q, off }), this.start(step) + step);
  }

  /** Where a search begins: at the selected record, or beyond the first or last one. */
  start(step) {
    return this.list.index >= 0 ? this.list.index : step > 0 ? -1 : this.list.feed.length;
  }

  /** Selects the next record of at least a level; the server is asked where it is not among those here. */
  async seek(step, level) {
    const { list } = this;
    for (let i = this.start(step) + step; i >= 0 && i < list.feed.length; i += step) {
      const e = list.feed.at(i);
      if (!e) return this.seekFar(step, atLeast(list.feed.parameters.q, level), i);
      if (e.kind === 'records' && band(e.record.level).number >= level) return list.select(i);
    }
    return state.say(step > 0 ? 'no later one' : 'no earlier one');
  }

  /** Asks the server for the next record that a filter means, and selects it. @param {number} at the row to begin with */
  async seekFar(step, q, at) {
    const { feed } = this.list;
    let i = at - step;
    while (feed.at(i) && feed.at(i).kind !== 'records') i -= step;
    const near = feed.at(i) ?? (this.list.index >= 0 ? state.selected.value : null); // it may be forgotten among the rows
    const { lv, from } = feed.parameters;
    const to = state.view.value.to && state.histogram.value?.to;
    let found;
    try {
      if (near) {
        const { id } = step > 0 ? near.last : near.record;
        const answer = await ask(`/api/records/${encodeURIComponent(id)}`, { q, lv, [step > 0 ? 'after' : 'before']: 1 });
        [found] = [...answer.before, ...answer.after];
        if (found && (earlier(timeOf(found), from) || (to && !earlier(timeOf(found), to)))) found = null;
      } else {
        [found] = (await ask('/api/records', { ...feed.parameters, q, order: step > 0 ? 'oldest' : 'newest', limit: 1 })).records;
      }
    } catch (error) {
      return state.say(error.message);
    }
    if (found) {
      if (state.detail.value) state.set({ sel: found.id }, { replace: true });
      return this.locate(found.id, found);
    }
    return state.say(step > 0 ? 'no later one' : 'no earlier one');
  }

  open() {
    if (!state.selected.value) return false;
    state.detail.value = true;
    state.set({ sel: this.record.id }, { replace: true });
    return true;
  }

  close() {
    if (state.open.value) state.open.value = '';
    else if (state.detail.value) this.closeDetail();
    else if (state.view.value.show) state.set({ show: '' });
    else if (history.state?.around) this.leave(history.state);
    else if (state.selected.value) {
      state.selected.value = null;
      this.list.clear();
    } else return false;
    return true;
  }

  closeDetail() {
    state.detail.value = false;
    state.set({ sel: '' }, { replace: true });
    document.getElementById('grid')?.focus();
  }

  step(by) {
    this.list.move(by);
  }

  /** Shows all that was logged around the record: terms are switched off, not forgotten. */
  context() {
    const r = this.record;
    if (!r) return false;
    const v = state.view.value;
    if (v.q || v.lv) {
      const lv = v.lv ? { lv: '' } : {};
      const back = { around: r.id, opened: state.detail.value };
      state.set({ sel: r.id, q: '', off: [...terms.split(v.q), ...v.off], ...lv });
      history.replaceState(back, ''); // Escape leads out again
      state.follow.value = false;
    } else this.locate(r.id, r);
    return true;
  }

  /** Leads out of a context, to where it was asked for. @param {{around: string, opened: boolean}} back */
  leave(back) {
    const there = () => {
      state.follow.value = false;
      if (!back.opened) this.locate(back.around);
    };
    addEventListener('popstate', there, { once: true });
    history.back();
  }

  /**
   * Shows a record in its place and selects it.
   * @param {string} id @param {object} [known] the record, if it is here
   */
  async locate(id, known) {
    const { list } = this;
    list.pause();
    let ms = NaN;
    for (let i = 0, idle = 0; idle < TRIES && i < MOST; i++) {
      if (state.view.value.sel && state.view.value.sel !== id && i > 0) return;
      if (list.busy && i > TRIES) return; // the reader went elsewhere meanwhile
      const row = list.feed.find(id);
      if (row >= 0) {
        list.select(row);
        list.reveal(row, true);
        return;
      }
      if (Number.isNaN(ms)) {
        try {
          const r = known ?? (await ask(`/api/records/${encodeURIComponent(id)}`)).record;
          ms = Date.parse(r.time ?? r.received);
          if (!state.selected.value) state.selected.value = { kind: 'records', record: r, last: r, records: 1, version: 0 };
        } catch {
          return; // the detail says so
        }
      }
      list.reveal(list.feed.rowAt(ms), true);
      await new Promise((done) => setTimeout(done, PAUSE));
      if (list.settled) idle++;
    }
  }

  /** Goes to a moment. @param {number} ms */
  jump(ms) {
    this.list.pause();
    this.list.reveal(this.list.feed.rowAt(ms), true);
  }

  /** Shows patterns in place of the list, or the list again. */
  patterns() {
    const { show } = state.view.value;
    state.set({ show: show ? '' : 'patterns' });
  }

  /** Opens a record in the list. @param {string} id */
  showRecord(id) {
    state.selected.value = null;
    state.detail.value = true;
    state.set({ show: '', sel: id });
    this.locate(id);
  }

  focusedTerm(event) {
    return event?.target.closest?.('[data-term]')?.dataset.term;
  }

  include(event) {
    const term = this.focusedTerm(event);
    if (!term) return false;
    include(term);
    return true;
  }

  exclude(event) {
    const term = this.focusedTerm(event);
    if (!term) return false;
    exclude(term);
    return true;
  }

  copyText() {
    if (!this.record) return false;
    copy(asText(this.record, state.zone.value), 'text');
    return true;
  }

  copyJSON() {
    const r = this.record;
    if (!r) return false;
    ask(`/api/records/${encodeURIComponent(r.id)}`).then((a) => copy(JSON.stringify(a.record), 'JSON'), () => copy(JSON.stringify(r), 'JSON'));
    return true;
  }

  copyLink() {
    if (!this.record) return false;
    copy(linkTo(this.record.id), 'link');
    return true;
  }

  copyView() {
    copy(linkToView(), 'link');
  }

  mark() {
    if (!state.live.value) return false;
    this.list.feed.live.mark(Date.now());
    this.list.draw();
    return true;
  }

  toMark() {
    const { feed } = this.list;
    const i = feed.live.entries.findLastIndex((e) => e.kind === 'mark');
    if (i < 0) state.say('there is no mark; m puts one');
    else this.list.select(feed.history.length + i, false);
  }

  fold() {
    state.folding.value = !state.folding.value;
  }

  repeats() {
    state.set({ single: !state.view.value.single });
  }

  threshold(event) {
    const level = LEVELS[Number(event.key) - 1].name.toLowerCase();
    setThreshold(focusedLogger(), level === 'debug' && focusedLogger() === 'root' ? '' : level);
    state.say(`${focusedLogger() === 'root' ? 'all loggers' : focusedLogger()}: from ${level.toUpperCase()} on`);
  }

  tree() {
    const focus = () => document.querySelector('.logger-node[tabindex="0"]')?.focus();
    if (matchMedia('(max-width: 900px)').matches) {
      state.open.value = 'tree';
      requestAnimationFrame(focus);
    } else focus();
  }

  chart() {
    document.querySelector('.bars')?.focus();
  }

  zone() {
    state.set({ tz: state.view.value.tz ? '' : 'UTC' });
    state.say(`times in ${state.view.value.tz || 'the local time zone'}`);
  }

  relative() {
    const e = state.selected.value;
    state.relative.value = Number.isNaN(state.relative.value) && e ? moment(e) : NaN;
    if (!e) state.say('select a record first: times are told from it on');
  }

  help() {
    state.open.value = 'help';
  }
}

function atLeast(q, level) {
  return terms.add(q, `level>=${LEVELS.find((l) => l.number === level).name.toLowerCase()}`);
}

function timeOf(record) {
  return record.time ?? record.received ?? '';
}
