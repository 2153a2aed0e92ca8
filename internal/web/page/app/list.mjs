// The list of records: some forty rows in plain DOM, moved over a million and more. It draws once a frame,
// however much comes.

import { effect } from '../vendor/signals.mjs';
import { Feed } from './feed.mjs';
import { Row } from './row.mjs';
import { Scroll } from './scroll.mjs';
import * as state from './state.mjs';
import { parts } from './times.mjs';

const HEIGHT = 22; // of a row, as the style sheet has it
const WRAPPED = 58;

export class List {
  /** @param {HTMLElement} element its place in the page */
  constructor(element) {
    this.place = element;
    this.box = make('div', 'box');
    this.box.id = 'grid';
    this.box.tabIndex = 0;
    this.box.setAttribute('role', 'grid');
    this.box.setAttribute('aria-label', 'Records');
    this.box.setAttribute('aria-readonly', 'true');
    this.layer = make('div', 'layer');
    this.spacer = make('div', 'spacer');
    this.box.append(this.layer, this.spacer);
    this.layer.setAttribute('role', 'rowgroup');
    element.append(this.box);
    /** @type {Row[]} */
    this.rows = [];
    this.scroll = new Scroll();
    this.feed = new Feed(this);
    this.index = -1; // of the selected row
    this.seen = 0; // where the scroll bar was last seen: if it is elsewhere, the reader moved it
    this.drawing = 0;
    this.widest = 8;
    this.listen();
  }

  get height() {
    return state.view.peek().wrap ? WRAPPED : HEIGHT;
  }

  /** Whether all that is looked at is here, and drawn. */
  get settled() {
    return state.ready.value && this.feed.history.busy === 0 && !this.drawing;
  }

  listen() {
    this.box.addEventListener('scroll', () => this.scrolled(), { passive: true });
    this.box.addEventListener('wheel', (e) => e.deltaY < 0 && this.pause(), { passive: true });
    this.layer.addEventListener('click', (e) => this.clicked(e));
    document.addEventListener('selectionchange', () => {
      const s = document.getSelection();
      if (s && !s.isCollapsed && this.layer.contains(s.anchorNode)) this.pause();
    });
    new ResizeObserver(() => this.draw()).observe(this.box);
    effect(() => {
      const { cols, wrap } = state.view.value;
      this.style = { zone: state.zone.value, relative: state.relative.value, columns: cols, wrap, marks: state.marks.value, today: '' };
      this.place.classList.toggle('wrap', wrap);
      this.box.setAttribute('aria-colcount', String(4 + cols.length));
      this.draw();
    });
    effect(() => {
      if (state.follow.value) this.draw();
    });
  }

  /** The list is another one. */
  reset() {
    this.scroll = new Scroll();
    this.index = -1;
    this.draw();
  }

  /** Rows from index on moved by delta: what is seen stays where it is. */
  moved(index, delta) {
    const first = this.scroll.top / this.height;
    if (index <= first) this.scroll.top = Math.max(0, this.scroll.top + delta * this.height);
    if (this.index >= index) this.index += delta;
    this.draw();
  }

  /** Draws with the next frame. */
  draw() {
    if (!this.drawing) this.drawing = requestAnimationFrame(() => this.paint());
  }

  paint() {
    this.drawing = 0;
    this.scrolled(); // perhaps the browser has not told yet
    const height = this.height;
    const { scroll, feed } = this;
    const page = this.box.clientHeight;
    scroll.resize(feed.length * height, page);
    if (state.follow.peek()) scroll.go(scroll.last);
    if (this.spacerHeight !== scroll.spacer) {
      this.spacerHeight = scroll.spacer;
      this.spacer.style.height = `${scroll.spacer}px`;
      this.box.setAttribute('aria-rowcount', String(feed.length + 1));
    }
    if (!this.busy && Math.abs(this.box.scrollTop - scroll.wanted) >= 1) this.box.scrollTop = scroll.wanted;
    this.seen = scroll.bar = this.box.scrollTop;
    const first = Math.floor(scroll.top / height);
    const end = Math.min(feed.length, Math.ceil((scroll.top + page) / height));
    feed.want(first - 20, end + 20);
    this.paintRows(first, end, height);
  }

  paintRows(first, end, height) {
    const today = parts(Date.now(), this.style.zone).day;
    if (today !== this.style.today) this.style = { ...this.style, today };
    while (this.rows.length < end - first) {
      const row = new Row(this.rows.length);
      this.rows.push(row);
      this.layer.append(row.element);
    }
    // A record keeps its row while it is on the screen, so that little is drawn when the list moves by some.
    const n = this.rows.length;
    let widest = this.widest;
    for (let i = first; i < first + n; i++) {
      const row = this.rows[i % n];
      if (i >= end) {
        row.hide();
        continue;
      }
      const entry = this.feed.at(i);
      row.show(i, entry, i * height - this.scroll.top, this.style, i === this.index);
      widest = Math.max(widest, entry?.record?.logger?.length ?? 0);
    }
    if (widest > this.widest) {
      this.widest = Math.min(28, widest);
      this.place.closest('main').style.setProperty('--logger', `${this.widest}ch`);
    }
    const active = this.index >= first && this.index < end ? this.rows[this.index % n].element.id : '';
    if (active) this.box.setAttribute('aria-activedescendant', active);
    else this.box.removeAttribute('aria-activedescendant');
  }

  scrolled() {
    if (Math.abs(this.box.scrollTop - this.seen) < 1) return;
    if (this.box.clientHeight !== this.scroll.page) {
      if (!this.drawing) this.draw(); // the window has another size: nobody scrolled
      return;
    }
    const up = this.box.scrollTop < this.seen;
    this.scroll.bar = this.seen;
    this.seen = this.box.scrollTop;
    this.scroll.moved(this.seen);
    if (up) this.pause();
    // While a thumb or a wheel moves the bar it is not put anywhere else.
    this.busy = true;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      this.busy = false;
      this.atEnd();
      this.draw();
    }, 120);
    this.draw();
  }

  // Who scrolls to the end of what is live wants to follow it.
  atEnd() {
    if (state.live.value && !state.follow.value && !state.detail.value && this.scroll.top >= this.scroll.last - 2 && this.scroll.last > 0) this.goLive();
  }

  /** Stops following. */
  pause() {
    if (state.follow.value) {
      state.follow.value = false;
      state.fresh.value = 0;
    }
  }

  /** Follows what comes. */
  goLive() {
    this.busy = false;
    state.fresh.value = 0;
    state.follow.value = true;
    this.draw();
  }

  clicked(event) {
    const row = this.rows.find((r) => r.element.contains(event.target));
    if (!row?.entry) return;
    if (event.target === row.gap) {
      this.feed.load(row.entry).catch((error) => state.say(`not loaded: ${error.message}`));
      return;
    }
    if (row.entry.kind === 'records' && document.getSelection()?.isCollapsed !== false) this.select(row.index, true);
  }

  /** Selects a row, and opens the detail where it is asked for or open. @param {number} index @param {boolean} [open] */
  select(index, open = state.detail.value) {
    const entry = this.feed.at(index);
    this.pause();
    this.index = index;
    this.reveal(index);
    if (entry?.kind === 'records') {
      state.selected.value = entry;
      if (open) state.detail.value = true;
      state.set({ sel: state.detail.value ? entry.record.id : '' }, { replace: true });
    }
    this.draw();
  }

  /** Scrolls until a row is seen. @param {number} index @param {boolean} [middle] */
  reveal(index, middle = false) {
    const { scroll, height } = this;
    scroll.resize(this.feed.length * height, this.box.clientHeight);
    const top = index * height;
    if (middle) scroll.go(top - scroll.page / 2);
    else if (top < scroll.top) scroll.go(top);
    else if (top + height > scroll.top + scroll.page) scroll.go(top + height - scroll.page);
    this.busy = false;
    this.draw();
  }

  /** Moves the selection. @param {number} by rows */
  move(by) {
    const page = Math.max(1, Math.floor(this.scroll.page / this.height));
    const last = state.follow.value ? this.feed.length : Math.floor(this.scroll.top / this.height) + page;
    const at = this.index >= 0 ? this.index : by > 0 ? Math.ceil(this.scroll.top / this.height) - 1 : last;
    let to = Math.max(0, Math.min(this.feed.length - 1, at + by));
    while (this.feed.at(to) && this.feed.at(to).kind !== 'records' && this.feed.at(to + Math.sign(by))) to += Math.sign(by);
    if (this.feed.length) this.select(to);
  }

  /** Nothing is selected any more. */
  clear() {
    this.index = -1;
    this.draw();
  }
}

function make(name, className) {
  const e = document.createElement(name);
  e.className = className;
  return e;
}
