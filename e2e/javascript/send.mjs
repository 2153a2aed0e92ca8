// Sends records with OpenTelemetry's own exporters: node send.mjs http|proto|grpc URL COUNT [TOKEN]
// It ends with 0 when the exporter says that all were taken.
import { LoggerProvider, BatchLogRecordProcessor } from '@opentelemetry/sdk-logs';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { OTLPLogExporter as OverHTTP } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as Protobuf } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPLogExporter as OverGRPC } from '@opentelemetry/exporter-logs-otlp-grpc';

const [kind, url, count, token] = process.argv.slice(2);
const Exporter = { http: OverHTTP, proto: Protobuf, grpc: OverGRPC }[kind];
const options = { url, compression: kind === 'http' ? 'none' : 'gzip' };
if (token) process.env.OTEL_EXPORTER_OTLP_HEADERS = `authorization=Bearer%20${token}`;
const exporter = new Exporter(options);
let refused = 0;
const watched = {
  export: (records, done) => exporter.export(records, result => {
    if (result.code !== 0) {
      refused += records.length;
      console.error(`refused: ${result.error}`);
    }
    done(result);
  }),
  shutdown: () => exporter.shutdown(),
  forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
};
const provider = new LoggerProvider({
  resource: resourceFromAttributes({ 'service.name': 'shop' }),
  processors: [new BatchLogRecordProcessor({ exporter: watched, maxExportBatchSize: 100 })],
});
const logger = provider.getLogger('shop.cart');
for (let n = 0; n < Number(count); n++) {
  logger.emit({ severityNumber: 9, severityText: 'INFO', body: `record ${n}`, attributes: { n } });
}
await provider.shutdown();
process.exit(refused === 0 ? 0 : 1);
