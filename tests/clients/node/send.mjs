// Sends two traces with the OpenTelemetry SDK for Node, and prints as JSON what was sent, so that a test can compare.
//
//   OTEL_EXPORTER_OTLP_ENDPOINT     where to, as http://host:port
//   OTEL_EXPORTER_OTLP_PROTOCOL     grpc, http/protobuf or http/json
//   OTEL_EXPORTER_OTLP_COMPRESSION  gzip, or not set
//   OTEL_SERVICE_NAME               the service in the resource
//
// The SDK reads all but the protocol itself. Exits 1 when the exporter reports a failure.
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { describe } from './describe.mjs';

const protocol = process.env.OTEL_EXPORTER_OTLP_PROTOCOL ?? 'http/protobuf';
const exporters = { grpc: GrpcExporter, 'http/protobuf': ProtobufExporter, 'http/json': JsonExporter };
if (!exporters[protocol]) throw new Error(`OTEL_EXPORTER_OTLP_PROTOCOL '${protocol}' is none of ${Object.keys(exporters).join(', ')}`);

const exporter = watched(new exporters[protocol]());
const sent = new InMemorySpanExporter();
const provider = new NodeTracerProvider({
  resource: defaultResource().merge(
    resourceFromAttributes({
      'service.name': process.env.OTEL_SERVICE_NAME ?? 'node-client',
      'service.namespace': 'clew-tests',
      'host.cpus': 2,
      'process.tags': ['blue', 'green'],
    }),
  ),
  spanProcessors: [new BatchSpanProcessor(exporter), new SimpleSpanProcessor(sent)],
});
provider.register();

const tracer = trace.getTracer('shop', '1.2.3');
const checkout = sendCheckout();
sendShipment(checkout);

await provider.forceFlush();
const spans = sent.getFinishedSpans().map(describe);
await provider.shutdown();
if (exporter.failures.length) {
  console.error(`export over ${protocol} failed: ${exporter.failures.join('; ')}`);
  process.exit(1);
}
console.log(JSON.stringify({ client: 'node', protocol, spans }));

// A request with a failing payment, a call of each kind, and attributes of every type that the API has.
function sendCheckout() {
  const root = tracer.startSpan('GET /checkout', {
    kind: SpanKind.SERVER,
    attributes: { 'http.request.method': 'GET', 'http.response.status_code': 500, 'url.path': '/checkout' },
  });
  const inRoot = trace.setSpan(context.active(), root);

  const pay = tracer.startSpan('POST /pay', { kind: SpanKind.CLIENT, attributes: { 'peer.service': 'payments' } }, inRoot);
  pay.addEvent('retry', { attempt: 2, 'wait.seconds': 0.25, final: true });
  pay.recordException(new TypeError('card refused: 잔액 부족'));
  pay.setStatus({ code: SpanStatusCode.ERROR, message: 'card refused' });
  pay.end();

  const reserve = tracer.startSpan('reserve-stock', {}, inRoot);
  reserve.setAttributes({
    text: 'plain',
    'text.empty': '',
    'text.korean': '주문 처리',
    'text.quotes': 'a "quoted" \\ back\u0000slash',
    'text.long': 'x'.repeat(5_000),
    'int.small': 7,
    'int.negative': -42,
    'int.large': Number.MAX_SAFE_INTEGER,
    'double.half': 0.5,
    'double.tiny': 1e-300,
    'bool.yes': true,
    'bool.no': false,
    'array.text': ['a', '', '나'],
    'array.int': [1, -2, 3],
    'array.double': [0.5, 1.5],
    'array.bool': [true, false],
    'array.empty': [],
  });
  reserve.setStatus({ code: SpanStatusCode.OK });
  reserve.end();

  const publish = tracer.startSpan('orders publish', { kind: SpanKind.PRODUCER }, inRoot);
  publish.end();
  root.end();
  return publish.spanContext();
}

// A consumer in a trace of its own, linked to what it consumed.
function sendShipment(producer) {
  const consume = tracer.startSpan('orders process', {
    kind: SpanKind.CONSUMER,
    root: true,
    links: [{ context: producer, attributes: { 'messaging.batch.index': 0 } }],
  });
  consume.end();
}

// The same exporter, with the failures it reports kept: the batch processor only logs them.
function watched(inner) {
  const failures = [];
  return {
    failures,
    export: (spans, done) =>
      inner.export(spans, (result) => {
        if (result.code !== 0) failures.push(String(result.error ?? 'no reason given'));
        done(result);
      }),
    forceFlush: () => inner.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => inner.shutdown(),
  };
}
