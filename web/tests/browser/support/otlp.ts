import { randomBytes } from 'node:crypto';
import type { WireAttribute, WireSpan, WireTrace, WireValue } from '../../../src/api/otlp';

type Plain = string | number | boolean;

export interface SpanOptions {
  kind?: number;
  attributes?: Record<string, Plain>;
  error?: string;
  events?: { at: number; name: string; attributes?: Record<string, Plain> }[];
  links?: { traceId: string; spanId: string }[];
  /** Overrides the id made for the span, for ids that client and server share. */
  spanId?: string;
  parentSpanId?: string;
}

const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const;
export const kind = kinds;

/** Builds one trace for a test. Times are milliseconds after the start of the trace. Numbers come from the seed, so runs are alike. */
export class TraceBuilder {
  readonly traceId: string;
  private readonly startNs: bigint;
  private readonly byService = new Map<string, WireSpan[]>();
  private next = 1;

  constructor(startMs: number, traceId = randomBytes(16).toString('hex')) {
    this.traceId = traceId;
    this.startNs = BigInt(Math.round(startMs)) * 1_000_000n;
  }

  span(service: string, name: string, parent: string | null, from: number, to: number, options: SpanOptions = {}): string {
    const spanId = options.spanId ?? this.traceId.slice(0, 8) + (this.next++).toString(16).padStart(8, '0');
    const spans = this.byService.get(service) ?? [];
    this.byService.set(service, spans);
    spans.push({
      traceId: this.traceId,
      spanId,
      parentSpanId: options.parentSpanId ?? parent ?? '',
      name,
      kind: options.kind ?? kinds.internal,
      startTimeUnixNano: this.nano(from),
      endTimeUnixNano: this.nano(to),
      attributes: attributesOf(options.attributes),
      events: (options.events ?? []).map((e) => ({ timeUnixNano: this.nano(e.at), name: e.name, attributes: attributesOf(e.attributes) })),
      links: options.links ?? [],
      status: options.error === undefined ? {} : { code: 2, message: options.error },
    });
    return spanId;
  }

  build(): WireTrace {
    return {
      resourceSpans: [...this.byService].map(([service, spans]) => ({
        resource: {
          attributes: attributesOf({
            'service.name': service,
            'service.version': service === 'payment' ? '2.4.1' : '1.12.0',
            'deployment.environment.name': 'production',
            'k8s.namespace.name': 'shop',
            'k8s.pod.name': `${service}-6d5f7c9b8-x2x7q`,
            'host.name': 'node-3',
            'telemetry.sdk.language': service === 'frontend' ? 'nodejs' : 'dotnet',
            'telemetry.sdk.name': 'opentelemetry',
            'telemetry.sdk.version': '1.12.0',
          }),
        },
        scopeSpans: [{ scope: { name: `shop.${service}`, version: '1.0.0' }, spans }],
      })),
    };
  }

  private nano(ms: number): string {
    return (this.startNs + BigInt(Math.round(ms * 1e6))).toString();
  }
}

export function attributesOf(values: Record<string, Plain> = {}): WireAttribute[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: Plain): WireValue {
  if (typeof value === 'string') {
    return { stringValue: value };
  }
  if (typeof value === 'boolean') {
    return { boolValue: value };
  }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Sends a request to the server's OTLP/HTTP door; spans are findable once this returns. */
export async function send(otlpHttp: string, ...traces: WireTrace[]): Promise<void> {
  await sendAs('', otlpHttp, ...traces);
}

/** The same as a tenant of a server that has them. */
export async function sendAs(tenant: string, otlpHttp: string, ...traces: WireTrace[]): Promise<void> {
  const body = JSON.stringify({ resourceSpans: traces.flatMap((t) => t.resourceSpans ?? []) });
  const response = await fetch(`${otlpHttp}/v1/traces`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...(tenant === '' ? {} : { 'X-Scope-OrgID': tenant }) }, body });
  if (!response.ok) {
    throw new Error(`OTLP/HTTP answered ${response.status}: ${await response.text()}`);
  }
}

/** A small repeatable generator of numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function seededId(random: () => number, bytes: number): string {
  let id = '';
  for (let i = 0; i < bytes; i++) {
    id += Math.floor(random() * 256).toString(16).padStart(2, '0');
  }
  return id;
}
