import type { WireResourceSpans, WireSpan, WireTrace } from '../../api/otlp';

/**
 * Reads a file with a trace: OTLP/JSON (`resourceSpans`), Tempo's and Grafana's form of it (`batches`, or within `trace`; ids in base64),
 * or one such object a line as a collector's file exporter writes them. Of several traces the first is taken. Throws with a reason.
 */
export function readTraceFile(text: string): { traceId: string; wire: WireTrace } {
  const resources: WireResourceSpans[] = [];
  for (const part of partsOf(text)) {
    resources.push(...resourcesOf(part));
  }
  let traceId = '';
  const kept = resources.map((resource) => ({
    ...resource,
    scopeSpans: (resource.scopeSpans ?? (resource as { instrumentationLibrarySpans?: WireResourceSpans['scopeSpans'] }).instrumentationLibrarySpans ?? []).map((scope) => ({
      ...scope,
      spans: (scope.spans ?? []).map(withHexIds).filter((span) => {
        traceId = traceId === '' ? (span.traceId ?? '') : traceId;
        return span.traceId === traceId;
      }),
    })),
  }));
  return { traceId, wire: { resourceSpans: kept } };
}

function partsOf(text: string): unknown[] {
  try {
    return [JSON.parse(text)];
  } catch (whole) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (lines.length < 2) {
      throw whole;
    }
    return lines.map((line) => JSON.parse(line) as unknown);
  }
}

function resourcesOf(part: unknown): WireResourceSpans[] {
  if (typeof part !== 'object' || part === null) {
    return [];
  }
  const { resourceSpans, batches, trace } = part as { resourceSpans?: WireResourceSpans[]; batches?: WireResourceSpans[]; trace?: unknown };
  return resourceSpans ?? batches ?? resourcesOf(trace);
}

const kinds: Readonly<Record<string, number>> = { SPAN_KIND_INTERNAL: 1, SPAN_KIND_SERVER: 2, SPAN_KIND_CLIENT: 3, SPAN_KIND_PRODUCER: 4, SPAN_KIND_CONSUMER: 5 };
const statuses: Readonly<Record<string, number>> = { STATUS_CODE_OK: 1, STATUS_CODE_ERROR: 2 };

/** Enumerations may be words, ids base64: protobuf's own JSON. */
function withHexIds(span: WireSpan): WireSpan {
  const kind: unknown = span.kind;
  const code: unknown = span.status?.code;
  return {
    ...span,
    traceId: hexOf(span.traceId, 32),
    spanId: hexOf(span.spanId, 16),
    parentSpanId: span.parentSpanId === undefined || span.parentSpanId === '' ? '' : hexOf(span.parentSpanId, 16),
    kind: typeof kind === 'string' ? (kinds[kind] ?? 0) : span.kind,
    status: typeof code === 'string' ? { ...span.status, code: statuses[code] ?? 0 } : span.status,
    links: span.links?.map((link) => ({ ...link, traceId: hexOf(link.traceId, 32), spanId: hexOf(link.spanId, 16) })),
  };
}

function hexOf(id: string | undefined, digits: number): string {
  const text = id ?? '';
  if (new RegExp(`^[0-9a-fA-F]{1,${digits}}$`).test(text) && !text.endsWith('=')) {
    return text.toLowerCase().padStart(digits, '0');
  }
  try {
    return Array.from(atob(text), (c) => c.charCodeAt(0).toString(16).padStart(2, '0')).join('').padStart(digits, '0');
  } catch {
    return ''.padStart(digits, '0');
  }
}
