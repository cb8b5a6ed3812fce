import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import type { WireResourceSpans, WireSpan, WireTrace } from '../../../src/api/otlp';

/*
 * A stand-in for the server, for work on the UI alone (CLEW_FAKE=1): takes OTLP/JSON, keeps it in memory, and answers the few requests
 * that the UI makes. Its search knows the three quick filters and nothing else. The tests proper run against the real program.
 */

interface Kept {
  traceId: string;
  resources: WireResourceSpans[];
}

export interface Fake {
  url: string;
  stop(): Promise<void>;
}

const dist = join(import.meta.dirname, '../../../dist');
const types: Record<string, string> = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', woff2: 'font/woff2' };

export async function startFake(): Promise<Fake> {
  const traces = new Map<string, Kept>();
  let accepted = 0;
  let first: number | null = null;

  const receive = (batch: WireTrace) => {
    for (const resource of batch.resourceSpans ?? []) {
      for (const scope of resource.scopeSpans ?? []) {
        const byTrace = new Map<string, WireSpan[]>();
        for (const span of scope.spans ?? []) {
          const spans = byTrace.get(span.traceId ?? '') ?? [];
          byTrace.set(span.traceId ?? '', spans);
          spans.push(span);
        }
        for (const [traceId, spans] of byTrace) {
          const kept = traces.get(traceId) ?? { traceId, resources: [] };
          traces.set(traceId, kept);
          kept.resources.push({ ...resource, scopeSpans: [{ ...scope, spans }] });
          accepted += spans.length;
          first ??= Date.now();
        }
      }
    }
  };

  const server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => answer(response, 500, 'text/plain', String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', origin);
    const path = decodeURIComponent(url.pathname);
    if (path === '/v1/traces') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) {
        chunks.push(chunk as Buffer);
      }
      receive(JSON.parse(Buffer.concat(chunks).toString('utf8')) as WireTrace);
      return json(response, {});
    }
    if (path === '/api/v1/status') {
      const times = [...traces.values()].map(startOf);
      return json(response, {
        version: '0.1.0',
        startedAt: new Date().toISOString(),
        receivers: [
          { protocol: 'otlp-grpc', endpoint: '127.0.0.1:4317' },
          { protocol: 'otlp-http', endpoint: origin },
        ],
        api: origin,
        tenant: 'single-tenant',
        data: { path: './data', backend: 'local', retention: '168h' },
        spans: { accepted, refused: 0, firstReceivedUnixMs: first, lastReceivedUnixMs: first },
        traces: { oldestUnixMs: times.length === 0 ? null : Math.min(...times), newestUnixMs: times.length === 0 ? null : Math.max(...times) },
      });
    }
    if (path.startsWith('/api/v1/traces/')) {
      const kept = traces.get(path.slice('/api/v1/traces/'.length));
      return kept === undefined ? answer(response, 404, 'text/plain', 'trace not found') : json(response, { resourceSpans: kept.resources });
    }
    if (path.startsWith('/api/v2/search/tag/')) {
      const names = new Set([...traces.values()].flatMap((t) => t.resources.map(serviceOf)));
      return json(response, { tagValues: [...names].map((value) => ({ type: 'string', value })), metrics: {} });
    }
    if (path === '/api/search') {
      return search(url.searchParams, response);
    }
    return file(path, response);
  }

  function search(params: URLSearchParams, response: ServerResponse): void {
    const query = params.get('q') ?? '';
    const bad = /\b(\w+)\s*=\s*=/.exec(query);
    if (!query.startsWith('{')) {
      return answer(response, 400, 'text/plain', `invalid TraceQL query: parse error at line 1, col 1: syntax error: unexpected "${query.split(/\s/)[0]}"`);
    }
    if (bad) {
      return answer(response, 400, 'text/plain', `invalid TraceQL query: parse error at line 1, col ${bad.index + bad[0].length}: syntax error: unexpected =`);
    }
    const service = /service\.name\s*=\s*"([^"]*)"/.exec(query)?.[1];
    const error = /status\s*=\s*error/.test(query);
    const least = /duration\s*>=?\s*([\d.]+)(ms|s)/.exec(query);
    const leastNs = least ? Number(least[1]) * (least[2] === 's' ? 1e9 : 1e6) : 0;
    const startMs = Number(params.get('start') ?? 0) * 1000;
    const endMs = Number(params.get('end') ?? 1e12) * 1000;
    const matching = [...traces.values()]
      .filter((trace) => startOf(trace) >= startMs && startOf(trace) <= endMs)
      .filter((trace) => trace.resources.some((r) => (service === undefined || serviceOf(r) === service) && spansOf(r).some((s) => (!error || s.status?.code === 2) && nano(s.endTimeUnixNano) - nano(s.startTimeUnixNano) >= leastNs)))
      .sort((a, b) => startOf(b) - startOf(a))
      .slice(0, Number(params.get('limit') ?? 20));
    json(response, { traces: matching.map(summary), metrics: { inspectedTraces: traces.size, completedJobs: 1, totalJobs: 1 } });
  }

  return { url: origin, stop: () => new Promise((resolve) => server.close(() => resolve())) };
}

function nano(time: string | number | undefined): number {
  return Number(time ?? 0);
}

function serviceOf(resource: WireResourceSpans): string {
  return resource.resource?.attributes?.find((a) => a.key === 'service.name')?.value?.stringValue ?? '';
}

function spansOf(resource: WireResourceSpans): WireSpan[] {
  return (resource.scopeSpans ?? []).flatMap((s) => s.spans ?? []);
}

function startOf(trace: Kept): number {
  return trace.resources.flatMap(spansOf).reduce((least, s) => Math.min(least, nano(s.startTimeUnixNano) / 1e6), Number.POSITIVE_INFINITY);
}

function summary(trace: Kept): object {
  const stats: Record<string, { spanCount: number; errorCount: number }> = {};
  let root: { service: string; name: string } | null = null;
  let first = { nano: Number.POSITIVE_INFINITY, text: '0' };
  let end = 0;
  for (const resource of trace.resources) {
    const service = serviceOf(resource);
    const entry = (stats[service] ??= { spanCount: 0, errorCount: 0 });
    for (const span of spansOf(resource)) {
      entry.spanCount++;
      entry.errorCount += span.status?.code === 2 ? 1 : 0;
      if (nano(span.startTimeUnixNano) < first.nano) {
        first = { nano: nano(span.startTimeUnixNano), text: String(span.startTimeUnixNano) };
      }
      end = Math.max(end, nano(span.endTimeUnixNano));
      if ((span.parentSpanId ?? '') === '') {
        root = { service, name: span.name ?? '' };
      }
    }
  }
  return {
    traceID: trace.traceId.replace(/^0+/, ''),
    rootServiceName: root?.service ?? '<root span not yet received>',
    rootTraceName: root?.name ?? '',
    startTimeUnixNano: first.text,
    durationMs: Math.round((end - first.nano) / 1e6),
    spanSets: [{ spans: [], matched: 1 }],
    serviceStats: stats,
  };
}

function json(response: ServerResponse, body: object): void {
  answer(response, 200, 'application/json', JSON.stringify(body));
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type });
  response.end(body);
}

function file(path: string, response: ServerResponse): void {
  const wanted = join(dist, normalize(path));
  const found = wanted.startsWith(dist) && existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(dist, 'index.html');
  response.writeHead(200, { 'Content-Type': types[found.split('.').at(-1) ?? ''] ?? 'application/octet-stream' });
  createReadStream(found).pipe(response);
}
