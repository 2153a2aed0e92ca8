// The live stream: what the server sends of records as they come (SSE). It connects again by itself, after the
// last record that was seen, and lets go of the connection while nobody looks at the page: a browser has six
// for all its tabs.

import { address } from './api.mjs';

const HIDDEN = 30_000; // milliseconds until a hidden page lets go
const FIRST = 500; // milliseconds before the first try to connect again
const MOST = 10_000;

/**
 * @typedef {object} Listener
 * @property {(records: object[]) => void} records
 * @property {(counts: object) => void} counts
 * @property {(gap: object) => void} gap
 * @property {(sources: object) => void} sources
 * @property {(hello: object) => void} hello
 * @property {(state: 'connecting' | 'live' | 'away' | 'hidden') => void} state
 */

export class Tail {
  /** @param {Record<string, string>} parameters @param {Listener} listener */
  constructor(parameters, listener) {
    this.parameters = parameters;
    this.listener = listener;
    this.after = '';
    this.wait = FIRST;
    this.closed = false;
    this.onVisibility = () => this.visibility();
    this.onHide = () => this.rest();
    this.onShow = () => this.wake();
    document.addEventListener('visibilitychange', this.onVisibility);
    // A browser keeps a page that was left for its back button, and with it the connection: after six of them
    // it would have none to ask with.
    addEventListener('pagehide', this.onHide);
    addEventListener('pageshow', this.onShow);
    this.connect();
    this.visibility(); // it may have been opened behind others
  }

  connect() {
    clearTimeout(this.timer);
    this.source?.close();
    const where = this.after ? { after: this.after } : { last: '200' };
    const source = new EventSource(address('/api/tail', { ...this.parameters, ...where }));
    this.source = source;
    this.listener.state('connecting');
    const on = (name, handle) =>
      source.addEventListener(name, (event) => {
        if (this.source !== source) return;
        if (event.lastEventId) this.after = event.lastEventId;
        handle(JSON.parse(event.data));
      });
    on('hello', (hello) => {
      this.wait = FIRST;
      if (!this.after && hello.last) this.begin = hello.last;
      this.listener.state('live');
      this.listener.hello(hello);
    });
    on('records', (data) => this.listener.records(data.records));
    on('counts', (data) => this.listener.counts(data));
    on('gap', (data) => this.listener.gap(data));
    on('sources', (data) => this.listener.sources(data));
    source.onerror = () => {
      if (this.source === source) this.retry();
    };
  }

  retry() {
    this.source.close();
    this.source = null;
    if (this.closed) return;
    this.after ||= this.begin ?? '';
    this.listener.state('away');
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), this.wait);
    this.wait = Math.min(MOST, this.wait * 1.6);
  }

  visibility() {
    clearTimeout(this.hide);
    if (document.hidden) this.hide = setTimeout(() => this.rest(), HIDDEN);
    else this.wake();
  }

  /** Lets go of the connection. */
  rest() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
    this.after ||= this.begin ?? '';
    this.listener.state('hidden');
  }

  /** Connects again, after the last record that was seen. */
  wake() {
    if (this.source || this.closed) return;
    this.wait = FIRST;
    this.connect();
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.hide);
    document.removeEventListener('visibilitychange', this.onVisibility);
    removeEventListener('pagehide', this.onHide);
    removeEventListener('pageshow', this.onShow);
    this.source?.close();
    this.source = null;
  }
}
