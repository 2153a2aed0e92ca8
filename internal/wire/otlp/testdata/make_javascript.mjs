// Prints what the OpenTelemetry SDK for JavaScript sends, for javascript.txt. Run it with Node where the packages
// that it imports are installed, then "go test -update". It was made with v0.223.1 of them.
import http from 'node:http';
import { LoggerProvider, SimpleLogRecordProcessor, BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { OTLPLogExporter as HTTP } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as Proto } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { trace, context, ROOT_CONTEXT } from '@opentelemetry/api';
let name, done;
const srv = http.createServer((req, res) => {
  const parts = [];
  req.on('data', d => parts.push(d));
  req.on('end', () => {
    const hex = Buffer.concat(parts).toString('hex');
    console.log('# ' + name + '\n' + hex.match(/.{1,160}/g).join('\n') + '\n----\n');
    res.end(); done();
  });
});
await new Promise(r => srv.listen(0, '127.0.0.1', r));
const url = `http://127.0.0.1:${srv.address().port}/v1/logs`;
for (const [n, E] of [['JSON from JavaScript', HTTP], ['protobuf from JavaScript', Proto]]) {
  name = n;
  const arrived = new Promise(r => { done = r; });
  const p = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop', 'process.pid': 4242, 'process.command_args': ['node', 'x.js'] }),
    processors: [new BatchLogRecordProcessor({ exporter: new E({ url }) })],
  });
  const l = p.getLogger('shop.cart', '0.1.0', { schemaUrl: 'https://opentelemetry.io/schemas/1.43.0' });
  const ctx = trace.setSpanContext(ROOT_CONTEXT, { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 });
  l.emit({ severityNumber: 9, severityText: 'info', body: 'added "ü" 😀', attributes: { n: 5, big: 9007199254740991, f: 0.5, neg: -1.5, huge: 1e300, ok: false, list: ['a', 1, null], nested: { k: { deep: [true] } }, bytes: new Uint8Array([0, 255]) , nothing: null}, context: ctx, timestamp: [1795344101, 702000000] });
  l.emit({ severityNumber: 17, body: { what: 'structured', ids: [1, 2] }, eventName: 'cart.failed', attributes: { 'exception.type': 'TypeError', 'exception.message': 'x is undefined', 'exception.stacktrace': 'TypeError: x is undefined\n    at f (x.js:1:1)' } });
  await p.forceFlush();
  await arrived;
  await p.shutdown();
}
srv.close();
