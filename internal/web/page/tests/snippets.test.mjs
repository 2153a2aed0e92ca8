import assert from 'node:assert/strict';
import { test } from 'node:test';
import { snippets } from '../app/snippets.mjs';

const lines = (...listening) => Object.fromEntries(snippets(listening.map(([network, address]) => ({ network, address }))).map((s) => [s.tab, s.lines]));

test('lines to paste name the addresses that are listened on', () => {
  const usual = lines(['tcp', '127.0.0.1:9020'], ['web', '127.0.0.1:9024']);
  assert.deepEqual(Object.keys(usual), ['Python', 'dictConfig', 'No code', 'Go', 'curl']);
  assert.equal(usual['No code'], 'jackdaw run -- python app.py\n');
  assert.match(usual.Python, /SocketHandler\("127\.0\.0\.1", 9020\)/);
  assert.match(usual.Go, /SocketOptions\{\}/);

  const other = lines(['tcp', '[::]:7000'], ['web', '[::1]:7001'], ['otlp', '0.0.0.0:4318'], ['syslog-tcp', '10.0.0.1:601']);
  assert.equal(other['No code'], 'jackdaw run --tcp localhost:7000 -- python app.py\n');
  assert.match(other.Go, /Address: "localhost:7000"/);
  assert.match(other.curl, /http:\/\/\[::1\]:7001\/ingest/);
  assert.match(other.OpenTelemetry, /http:\/\/localhost:4318\n/);
  assert.match(other.syslog, /^logger --tcp -n 10\.0\.0\.1 -P 601 /);
  assert.match(lines(['syslog-udp', '127.0.0.1:514']).syslog, /^logger --udp -n 127\.0\.0\.1 -P 514 /);
  assert.match(lines(['unix', '/run/jackdaw.sock']).Python, /SocketHandler\("\/run\/jackdaw\.sock", None\)/);
  assert.deepEqual(lines(), {});
});
