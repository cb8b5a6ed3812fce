import type { WireAttribute, WireSpan, WireTrace } from '../../api/otlp';

/** One span of a test trace. Ids are short and padded; times are milliseconds after the start of the trace. */
export interface SpanSpec {
  id: string;
  parent?: string;
  service?: string;
  name?: string;
  kind?: number;
  from: number;
  to: number;
  error?: boolean;
  attributes?: Record<string, string>;
  events?: { at: number; name: string; attributes?: Record<string, string> }[];
}

const base = 1_785_578_400n * 1_000_000_000n;

/** A trace for tests, one resource per service in order of appearance. */
export function traceOf(...specs: SpanSpec[]): WireTrace {
  const byService = new Map<string, WireSpan[]>();
  for (const spec of specs) {
    const service = spec.service ?? 'shop';
    const spans = byService.get(service) ?? [];
    byService.set(service, spans);
    spans.push({
      spanId: spec.id.padStart(16, '0'),
      parentSpanId: spec.parent?.padStart(16, '0') ?? '',
      name: spec.name ?? spec.id,
      kind: spec.kind ?? 1,
      startTimeUnixNano: nano(spec.from),
      endTimeUnixNano: nano(spec.to),
      status: spec.error ? { code: 2, message: 'failed' } : {},
      attributes: attributesOf(spec.attributes),
      events: (spec.events ?? []).map((e) => ({ timeUnixNano: nano(e.at), name: e.name, attributes: attributesOf(e.attributes) })),
    });
  }
  return {
    resourceSpans: [...byService].map(([service, spans]) => ({
      resource: { attributes: attributesOf({ 'service.name': service }) },
      scopeSpans: [{ scope: { name: 'test' }, spans }],
    })),
  };
}

function nano(ms: number): string {
  return (base + BigInt(Math.round(ms * 1e6))).toString();
}

function attributesOf(values: Record<string, string> = {}): WireAttribute[] {
  return Object.entries(values).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

/** A seeded trace of `count` spans over a dozen services, about six levels deep, for tests of size and speed. */
export function largeTrace(count: number, seed: number): WireTrace {
  let state = seed >>> 0;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const specs: SpanSpec[] = [{ id: '1', from: 0, to: 10_000, service: 'service-0', kind: 2, name: 'GET /' }];
  for (let i = 1; i < count; i++) {
    // The cube favours low numbers: wide near the root, with a long thin tail.
    const parent = specs[Math.floor(random() ** 3 * i)];
    const from = parent.from + random() * (parent.to - parent.from) * 0.8;
    const to = from + random() * (parent.to - from);
    const id = (i + 1).toString(16);
    specs.push({
      id,
      parent: parent.id,
      from,
      to,
      service: `service-${Math.floor(random() * 12)}`,
      name: `operation-${Math.floor(random() * 200)}`,
      kind: 1 + Math.floor(random() * 5),
      error: random() < 0.01,
      attributes: { 'http.route': `/r/${i % 50}`, 'order.id': String(i) },
    });
  }
  return traceOf(...specs);
}
