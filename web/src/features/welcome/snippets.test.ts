import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { ServerStatus } from '../../api/status';
import { endpointsOf, snippets } from './snippets';

function status(grpc: string, http: string): ServerStatus {
  return {
    version: '0.1.0',
    startedAt: '2026-08-01T10:00:00Z',
    receivers: [
      { protocol: 'otlp-grpc', endpoint: grpc },
      { protocol: 'otlp-http', endpoint: http },
    ],
    api: 'http://127.0.0.1:3200',
    tenant: 'single-tenant',
    data: { path: './data', backend: 'local', retention: '168h' },
    spans: { accepted: 0, refused: 0, firstReceivedUnixMs: null, lastReceivedUnixMs: null },
    traces: { oldestUnixMs: null, newestUnixMs: null },
  };
}

describe('snippets', () => {
  it('name the addresses of this server', () => {
    const endpoints = endpointsOf(status('127.0.0.1:14317', 'http://127.0.0.1:14318'), 'localhost');
    expect(endpoints).toEqual({ grpc: '127.0.0.1:14317', http: 'http://127.0.0.1:14318' });
    for (const snippet of snippets(endpoints)) {
      expect(snippet.steps.map((s) => s.text).join('\n')).toMatch(/127\.0\.0\.1:1431[78]/);
    }
  });

  it('put the host of the page in the place of a wildcard', () => {
    expect(endpointsOf(status('0.0.0.0:4317', 'http://[::]:4318'), 'traces.example.org')).toEqual({ grpc: 'traces.example.org:4317', http: 'http://traces.example.org:4318' });
  });

  it('make curl send valid OTLP/JSON that is current', () => {
    const text = snippets({ grpc: null, http: 'http://127.0.0.1:9' }).find((s) => s.id === 'curl')?.steps[0].text ?? '';
    const printed = execFileSync('sh', ['-c', text.replace(/^curl .*<<EOF$/m, 'cat <<EOF')], { encoding: 'utf8' });
    const span = JSON.parse(printed).resourceSpans[0].scopeSpans[0].spans[0];
    expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(span.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(span.startTimeUnixNano).toMatch(/^\d{19}$/);
    expect(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)).toBe(1_000_000_000n);
  });
});
