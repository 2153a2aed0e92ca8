import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brief, isOwn, parse, runs } from '../app/traceback.mjs';

const chained = `Traceback (most recent call last):
  File "/srv/shop/db.py", line 33, in connect
    return pool.get(timeout=2)
           ^^^^^^^^^^^^^^^^^^^
  File "/usr/lib/python3.11/queue.py", line 179, in get
    raise Empty
_queue.Empty

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/shop/pay.py", line 10, in charge
    raise ValueError("card declined")
  File "/opt/venv/lib/python3.11/site-packages/x/y.py", line 3, in z
    pass
ValueError: card declined
second line of it`;

test('sections, frames and errors', () => {
  const [first, second] = parse(chained);
  assert.equal(first.title, '');
  assert.equal(first.error, '_queue.Empty');
  assert.deepEqual(first.frames.map((f) => [f.file, f.line, f.name, f.own]), [
    ['/srv/shop/db.py', 33, 'connect', true],
    ['/usr/lib/python3.11/queue.py', 179, 'get', false],
  ]);
  assert.equal(first.frames[0].code.length, 2);
  assert.match(second.title, /^During handling/);
  assert.equal(second.error, 'ValueError: card declined\nsecond line of it');
});

test('a row has the last line and the innermost own frame', () => {
  assert.deepEqual(brief({ traceback: chained }), { error: 'ValueError: card declined', place: 'pay.py:10' });
  assert.deepEqual(brief({ type: 'E', message: 'm' }), { error: 'E: m', place: '' });
  assert.deepEqual(brief({ traceback: 'goroutine 1\npanic: x' }), { error: 'panic: x', place: '' });
});

test('what is no traceback is left alone', () => {
  assert.equal(parse('main.main()\n\t/srv/main.go:12'), null);
  assert.equal(parse('Traceback (most recent call last):'), null);
});

test('own and library frames', () => {
  for (const file of ['/x/site-packages/y.py', '/usr/lib/python3.11/ssl.py', 'C:\\Python312\\Lib\\ssl.py', '<frozen runpy>']) assert.equal(isOwn(file), false, file);
  for (const file of ['/srv/app.py', 'C:\\work\\app.py', '/home/me/lib/app.py']) assert.equal(isOwn(file), true, file);
  const r = runs(parse(chained)[0].frames);
  assert.deepEqual(r.map((x) => [x.own, x.frames.length]), [[true, 1], [false, 1]]);
});
