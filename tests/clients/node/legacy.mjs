// Sends one small trace with a client of an older protocol, and prints as JSON what was sent: the trace id and the spans' names.
//
//   node legacy.mjs CLIENT ADDRESS SERVICE
//
//   jaeger-udp    host:port   jaeger-client, Thrift binary over UDP
//   jaeger-http   URL         jaeger-client, Thrift binary over HTTP
//   jaeger-grpc   host:port   grpc-js, jaeger.api_v2
//   zipkin-v2     URL         zipkin with its HTTP transport, JSON version 2
//   zipkin-v1     URL         the same, JSON version 1
//   otel-zipkin   URL         the OpenTelemetry SDK with its Zipkin exporter
//   jaeger-sampler host:port  jaeger-client's remote sampler: prints what it was told in place of a trace
import { credentials, Client } from '@grpc/grpc-js';
import { trace, context, SpanKind } from '@opentelemetry/api';
import { ZipkinExporter } from '@opentelemetry/exporter-zipkin';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { randomBytes } from 'node:crypto';
import jaeger from 'jaeger-client';
import zipkin from 'zipkin';
import transport from 'zipkin-transport-http';

const [client, address, service] = process.argv.slice(2);
const clients = {
  'jaeger-udp': () => {
    const [agentHost, agentPort] = address.split(':');
    return withJaeger({ agentHost, agentPort: Number(agentPort) });
  },
  'jaeger-http': () => withJaeger({ collectorEndpoint: address }),
  'jaeger-grpc': withJaegerGrpc,
  'zipkin-v2': () => withZipkin(zipkin.jsonEncoder.JSON_V2),
  'zipkin-v1': () => withZipkin(zipkin.jsonEncoder.JSON_V1),
  'otel-zipkin': withOtelZipkin,
  'jaeger-sampler': withJaegerSampler,
};
if (!clients[client]) throw new Error(`'${client}' is none of ${Object.keys(clients).join(', ')}`);
console.log(JSON.stringify({ client, ...(await clients[client]()) }));
process.exit(0);

async function withJaeger(reporter) {
  const tracer = jaeger.initTracer({ serviceName: service, sampler: { type: 'const', param: 1 }, reporter }, { logger: { info() {}, error: fail } });
  const root = tracer.startSpan('GET /checkout', { tags: { 'span.kind': 'server', 'http.status_code': 200 } });
  const child = tracer.startSpan('SELECT', { childOf: root, tags: { error: true } });
  child.log({ event: 'retry', attempt: 2 });
  child.finish();
  root.finish();
  await new Promise((done) => tracer.close(done));
  // A datagram leaves some time after the client says that it is closed.
  await new Promise((done) => setTimeout(done, 300));
  return { traceId: root.context().traceIdStr.padStart(32, '0'), names: ['GET /checkout', 'SELECT'] };
}

async function withJaegerSampler() {
  const [host, port] = address.split(':');
  return new Promise((done, refuse) => {
    const sampler = new jaeger.RemoteSampler(service, {
      host, port: Number(port), refreshInterval: 10, logger: { info() {}, error: (text) => refuse(new Error(text)) },
      onSamplerUpdate: () => done({ sampled: tracer.startSpan('GET /checkout').context().isSampled() }),
    });
    const tracer = new jaeger.Tracer(service, new jaeger.NoopReporter(), sampler);
  });
}

async function withZipkin(jsonEncoder) {
  const logger = new transport.HttpLogger({ endpoint: address, jsonEncoder, httpInterval: 100 });
  const sent = new Promise((done, refuse) => {
    logger.on('success', done);
    logger.on('error', refuse);
  });
  const recorder = new zipkin.BatchRecorder({ logger });
  const tracer = new zipkin.Tracer({ ctxImpl: new zipkin.ExplicitContext(), recorder, localServiceName: service });
  let traceId;
  tracer.scoped(() => {
    const id = tracer.createRootId();
    traceId = id.traceId;
    tracer.setId(id);
    tracer.recordServiceName(service);
    tracer.recordRpc('get');
    tracer.recordBinary('http.path', '/checkout');
    tracer.recordAnnotation(new zipkin.Annotation.ServerRecv());
    tracer.recordAnnotation(new zipkin.Annotation.ServerSend());
  });
  // The client's own timers do not keep the process alive.
  const alive = setInterval(() => {}, 1000);
  await sent;
  clearInterval(alive);
  return { traceId: traceId.padStart(32, '0'), names: ['get'] };
}

async function withOtelZipkin() {
  const exporter = new ZipkinExporter({ url: address });
  const provider = new NodeTracerProvider({ resource: resourceFromAttributes({ 'service.name': service }), spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracer = provider.getTracer('shop');
  const root = tracer.startSpan('GET /checkout', { kind: SpanKind.SERVER });
  tracer.startSpan('SELECT', { kind: SpanKind.CLIENT }, trace.setSpan(context.active(), root)).end();
  root.end();
  await provider.forceFlush();
  await provider.shutdown();
  return { traceId: root.spanContext().traceId, names: ['GET /checkout', 'SELECT'] };
}

async function withJaegerGrpc() {
  const traceId = randomBytes(16);
  const seconds = Math.floor(Date.now() / 1000);
  const time = message(varintField(1, seconds));
  const span = message(
    bytesField(1, traceId), bytesField(2, randomBytes(8)), bytesField(3, Buffer.from('GET /checkout')), bytesField(6, time), bytesField(7, message(varintField(2, 5_000_000))),
    bytesField(8, message(bytesField(1, Buffer.from('span.kind')), bytesField(3, Buffer.from('server')))),
  );
  const batch = message(bytesField(1, span), bytesField(2, message(bytesField(1, Buffer.from(service)))));
  const channel = new Client(address, credentials.createInsecure());
  await new Promise((done, refuse) =>
    channel.makeUnaryRequest('/jaeger.api_v2.CollectorService/PostSpans', (it) => it, (it) => it, message(bytesField(1, batch)), (fault) => (fault ? refuse(fault) : done())));
  channel.close();
  return { traceId: traceId.toString('hex'), names: ['GET /checkout'] };
}

// Protobuf by hand: three kinds of field are all that it takes.
function message(...fields) {
  return Buffer.concat(fields);
}

function varint(value) {
  const bytes = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

function varintField(number, value) {
  return Buffer.concat([varint(number << 3), varint(value)]);
}

function bytesField(number, value) {
  return Buffer.concat([varint((number << 3) | 2), varint(value.length), value]);
}

function fail(text) {
  console.error(text);
}
