import type { WireTrace } from '../../../src/api/otlp';
import { attributesOf, kind, seeded, seededId, TraceBuilder } from './otlp';

/** A cause that a test hides in traffic, for somebody to find without knowing its names. */
export interface Planted {
  traces: WireTrace[];
  service: string;
  version: string;
  tier: string;
  /** Traces that the cause makes slow. */
  slow: string[];
}

const chains = [
  ['GET /catalogue', 'web', 'catalogue', 'pricing'],
  ['POST /basket', 'web', 'basket', 'stock', 'pricing'],
  ['POST /order', 'web', 'orders', 'payment', 'fraud'],
] as const;

/** Traffic of a shop in which one version of one service is slow for one tier of customers. The seed chooses which, and all else. */
export function planted(endMs: number, seed: number, count = 400): Planted {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)];
  const service = pick(['pricing', 'stock', 'payment', 'orders']);
  const tier = pick(['gold', 'silver', 'basic', 'trial']);
  const version = `${1 + Math.floor(random() * 3)}.${Math.floor(random() * 20)}.0`;
  const traces: WireTrace[] = [];
  const slow: string[] = [];
  for (let i = 0; i < count; i++) {
    const startMs = endMs - 8_000 - random() * 40 * 60_000;
    const [operation, ...services] = pick(chains);
    const customer = pick(['gold', 'silver', 'basic', 'trial']);
    const isNew = random() < 0.35;
    const hit = services.includes(service as never) && isNew && customer === tier;
    const t = new TraceBuilder(startMs, seededId(random, 16));
    const own = services.map(() => 4 + random() * 18);
    const extra = services.map((name) => (hit && name === service ? 900 + random() * 700 : random() < 0.01 ? 200 : 0));
    const total = services.map((_, at) => own.slice(at).reduce((a, b) => a + b, 0) + extra.slice(at).reduce((a, b) => a + b, 0));
    let parent: string | null = null;
    let at = 0;
    services.forEach((name, depth) => {
      parent = t.span(name, depth === 0 ? operation : `handle ${name}`, parent, at, at + total[depth], {
        kind: kind.server,
        attributes: depth === 0 ? { 'http.route': operation.split(' ')[1], 'http.response.status_code': 200, 'customer.tier': customer, 'customer.id': seededId(random, 6) } : { 'thread.id': Math.floor(random() * 40) },
      });
      at += own[depth] / 2;
    });
    const built = t.build();
    for (const resource of built.resourceSpans ?? []) {
      const name = resource.resource?.attributes?.find((a) => a.key === 'service.name')?.value?.stringValue ?? '';
      const running = name === service ? (isNew ? version : '0.9.4') : random() < 0.5 ? '5.0.1' : '5.0.2';
      resource.resource = { attributes: attributesOf({ 'service.name': name, 'service.version': running, 'k8s.pod.name': `${name}-${Math.floor(random() * 3)}`, 'deployment.environment.name': 'production' }) };
    }
    traces.push(built);
    if (hit) {
      slow.push(t.traceId);
    }
  }
  return { traces, service, version, tier, slow };
}
