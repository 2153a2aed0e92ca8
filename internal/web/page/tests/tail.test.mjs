import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { Tail } from '../app/tail.mjs';

// What a tail needs of a browser: a page that is seen or not, and connections.
class Page extends EventTarget {
  hidden = false;
  show(hidden) {
    this.hidden = hidden;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

class Connection extends EventTarget {
  static all = [];
  static open = () => Connection.all.filter((c) => !c.closed);
  constructor(url) {
    super();
    this.parameters = Object.fromEntries(new URL(url, 'http://localhost').searchParams);
    Connection.all.push(this);
  }
  close() {
    this.closed = true;
  }
  say(type, data, lastEventId = '') {
    this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data), lastEventId }));
  }
}

const page = new Page();
const browser = new EventTarget();
Object.assign(globalThis, {
  document: page,
  EventSource: Connection,
  addEventListener: browser.addEventListener.bind(browser),
  removeEventListener: browser.removeEventListener.bind(browser),
});

function begin() {
  const states = [];
  const tail = new Tail({ q: 'a' }, { state: (s) => states.push(s), hello() {}, records() {}, counts() {}, gap() {}, sources() {} });
  return { tail, states };
}

mock.timers.enable({ apis: ['setTimeout'] });
beforeEach(() => {
  Connection.all = [];
  page.hidden = false;
});

test('a page that is hidden for half a minute lets go of its connection, and goes on where it was', () => {
  const { tail, states } = begin();
  Connection.all[0].say('hello', {});
  Connection.all[0].say('records', { records: [] }, 'x-1-0');
  page.show(true);
  mock.timers.tick(29_999);
  assert.equal(Connection.open().length, 1);
  mock.timers.tick(1);
  assert.equal(Connection.open().length, 0);
  assert.deepEqual(states, ['connecting', 'live', 'hidden']);
  mock.timers.tick(3_600_000);
  assert.equal(Connection.all.length, 1);
  page.show(false);
  assert.deepEqual(Connection.open().map((c) => c.parameters), [{ q: 'a', after: 'x-1-0' }]);
  tail.close();
});

test('one that is hidden for less keeps it', () => {
  const { tail } = begin();
  page.show(true);
  mock.timers.tick(20_000);
  page.show(false);
  mock.timers.tick(60_000);
  assert.deepEqual([Connection.all.length, Connection.open().length], [1, 1]);
  tail.close();
});

test('one that was opened behind others, and never seen, lets go too', () => {
  page.hidden = true;
  const { tail } = begin();
  Connection.all[0].say('hello', { last: 'x-7-0' });
  mock.timers.tick(30_000);
  assert.equal(Connection.open().length, 0);
  page.show(false);
  assert.deepEqual(Connection.open().map((c) => c.parameters), [{ q: 'a', after: 'x-7-0' }]);
  tail.close();
});

test('what is hidden while the server is away does not connect again by itself', () => {
  const { tail, states } = begin();
  page.show(true);
  mock.timers.tick(29_900);
  Connection.all[0].onerror();
  mock.timers.tick(600_000);
  assert.deepEqual([Connection.all.length, states.at(-1)], [1, 'hidden']);
  page.show(false);
  assert.equal(Connection.open().length, 1);
  tail.close();
});

test('a page that was left for another lets go at once, and one that is closed stays so', () => {
  const { tail } = begin();
  browser.dispatchEvent(new Event('pagehide'));
  assert.equal(Connection.open().length, 0);
  browser.dispatchEvent(new Event('pageshow'));
  assert.equal(Connection.open().length, 1);
  tail.close();
  page.show(true);
  page.show(false);
  browser.dispatchEvent(new Event('pageshow'));
  mock.timers.tick(600_000);
  assert.equal(Connection.open().length, 0);
});
