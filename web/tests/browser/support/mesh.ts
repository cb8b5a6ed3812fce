import type { WireSpan, WireTrace } from '../../../src/api/otlp';
import { attributesOf, kind, seeded, seededId } from './otlp';

/** A workload of a mesh. */
export interface Workload {
  name: string;
  app: string;
  version: string;
  namespace: string;
}

/** A call between two workloads, with how often and how it went. */
export interface MeshCall {
  from: Workload;
  to: Workload;
  count: number;
  failed: number;
  ms: number;
  /** Of the requests, those whose receiver checked a client certificate; absent when nobody tells. */
  encrypted?: number;
}

/**
 * A mesh of a known size: calls go mostly within a namespace and from a namespace to the next ones, as in a company with some layers.
 * The same seed makes the same mesh.
 */
export function mesh(seed: number, namespaces: number, workloads: number, edges: number): MeshCall[] {
  const random = seeded(seed);
  const all: Workload[] = Array.from({ length: workloads }, (_, i) => {
    const namespace = `team-${String.fromCharCode(97 + (i % namespaces))}`;
    const app = `${['orders', 'stock', 'pay', 'ship', 'mail', 'auth', 'search', 'price', 'ledger', 'media'][Math.floor(i / namespaces) % 10]}-${Math.floor(i / namespaces / 10) + 1}`;
    return { name: `${app}-v1`, app, version: 'v1', namespace };
  });
  const byNamespace = Array.from({ length: namespaces }, (_, n) => all.filter((_one, i) => i % namespaces === n));
  const calls = new Map<string, MeshCall>();
  const add = (from: Workload, to: Workload) => {
    const key = `${from.namespace}/${from.name}>${to.namespace}/${to.name}`;
    if (from !== to && !calls.has(key)) {
      const count = 1 + Math.floor(random() * 3);
      calls.set(key, { from, to, count, failed: random() < 0.08 ? 1 : 0, ms: 5 + random() * 200 });
    }
  };
  // Everybody is called by somebody who stands before.
  for (const own of byNamespace) {
    for (let i = 1; i < own.length; i++) {
      add(own[Math.floor(random() * i)], own[i]);
    }
  }
  while (calls.size < edges) {
    const n = Math.floor(random() * namespaces);
    const own = byNamespace[n];
    const i = Math.floor(random() * (own.length - 1));
    if (random() < 0.75) {
      add(own[i], own[i + 1 + Math.floor(random() * (own.length - 1 - i))]);
    } else if (n + 1 < namespaces) {
      const next = byNamespace[Math.min(namespaces - 1, n + 1 + Math.floor(random() * 2))];
      add(own[i], next[Math.floor(random() * Math.min(8, next.length))]);
    }
  }
  return [...calls.values()];
}

/** The traces of the calls: a client's span and a server's for each request, within the last minutes. */
export function tracesOf(calls: readonly MeshCall[], nowMs: number, seed: number): WireTrace[] {
  const random = seeded(seed);
  const resourceOf = (workload: Workload) => ({
    attributes: attributesOf({
      'service.name': workload.app,
      'service.version': workload.version,
      'k8s.namespace.name': workload.namespace,
      'k8s.deployment.name': workload.name,
      'k8s.cluster.name': 'east',
    }),
  });
  return calls.flatMap((call) =>
    Array.from({ length: call.count }, (_, n): WireTrace => {
      const traceId = seededId(random, 16);
      const [client, server] = [seededId(random, 8), seededId(random, 8)];
      const start = BigInt(Math.floor(nowMs - 5_000 - random() * 40_000)) * 1_000_000n;
      const span = (spanId: string, parentSpanId: string, spanKind: number, ms: number): WireSpan => ({
        traceId,
        spanId,
        parentSpanId,
        name: 'GET /work',
        kind: spanKind,
        startTimeUnixNano: start.toString(),
        endTimeUnixNano: (start + BigInt(Math.round(ms * 1e6))).toString(),
        attributes: attributesOf({
          'http.request.method': 'GET',
          'http.route': '/work',
          'http.response.status_code': n < call.failed ? 503 : 200,
          ...(spanKind === kind.server && call.encrypted !== undefined ? { connection_security_policy: n < call.encrypted ? 'mutual_tls' : 'none' } : {}),
        }),
        events: [],
        links: [],
        status: n < call.failed ? { code: 2 } : {},
      });
      return {
        resourceSpans: [
          { resource: resourceOf(call.from), scopeSpans: [{ scope: { name: 'mesh' }, spans: [span(client, seededId(random, 8), kind.client, call.ms + 2)] }] },
          { resource: resourceOf(call.to), scopeSpans: [{ scope: { name: 'mesh' }, spans: [span(server, client, kind.server, call.ms)] }] },
        ],
      };
    }),
  );
}
