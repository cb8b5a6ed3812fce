import type { WireAttribute, WireValue } from '../../api/otlp';
import type { SpanSource } from './build';
import { nanoDifference } from './nano';

/** Everything about one span that its detail panel shows. Made on demand: a trace keeps one answer of the server, not one object per span. */
export interface SpanDetail {
  row: number;
  spanId: string;
  parentSpanId: string;
  startUnixNano: string;
  endUnixNano: string;
  statusCode: number;
  statusMessage: string;
  traceState: string;
  attributes: Attribute[];
  resource: Attribute[];
  scopeName: string;
  scopeVersion: string;
  scopeAttributes: Attribute[];
  events: SpanEvent[];
  links: SpanLink[];
  dropped: { attributes: number; events: number; links: number; resource: number };
}

export type AttributeType = 'string' | 'int' | 'double' | 'bool' | 'bytes' | 'array' | 'map' | 'empty';

export interface Attribute {
  key: string;
  type: AttributeType;
  value: string;
}

export interface SpanEvent {
  name: string;
  /** Since the start of the span; negative when it came earlier. */
  offsetNs: number;
  attributes: Attribute[];
  exception: { type: string; message: string; stack: string } | null;
}

export interface SpanLink {
  traceId: string;
  spanId: string;
  attributes: Attribute[];
}

export function spanDetail(row: number, { span, resource, scope }: SpanSource): SpanDetail {
  const startUnixNano = String(span.startTimeUnixNano ?? '0');
  return {
    row,
    spanId: span.spanId ?? '',
    parentSpanId: span.parentSpanId ?? '',
    startUnixNano,
    endUnixNano: String(span.endTimeUnixNano ?? '0'),
    statusCode: span.status?.code ?? 0,
    statusMessage: span.status?.message ?? '',
    traceState: span.traceState ?? '',
    attributes: readAttributes(span.attributes),
    resource: readAttributes(resource.resource?.attributes),
    scopeName: scope.scope?.name ?? '',
    scopeVersion: scope.scope?.version ?? '',
    scopeAttributes: readAttributes(scope.scope?.attributes),
    events: (span.events ?? []).map((event) => {
      const attributes = readAttributes(event.attributes);
      const text = (key: string) => attributes.find((a) => a.key === key)?.value ?? '';
      const type = text('exception.type');
      const message = text('exception.message');
      const stack = text('exception.stacktrace');
      return {
        name: event.name ?? '',
        offsetNs: nanoDifference(String(event.timeUnixNano ?? '0'), startUnixNano),
        attributes,
        exception: event.name === 'exception' || stack !== '' ? { type, message, stack } : null,
      };
    }),
    links: (span.links ?? []).map((link) => ({
      traceId: link.traceId ?? '',
      spanId: link.spanId ?? '',
      attributes: readAttributes(link.attributes),
    })),
    dropped: {
      attributes: span.droppedAttributesCount ?? 0,
      events: span.droppedEventsCount ?? 0,
      links: span.droppedLinksCount ?? 0,
      resource: resource.resource?.droppedAttributesCount ?? 0,
    },
  };
}

export function readAttributes(attributes: WireAttribute[] | undefined): Attribute[] {
  return (attributes ?? []).map(({ key = '', value }) => ({ key, ...readValue(value) }));
}

function readValue(value: WireValue | undefined): { type: AttributeType; value: string } {
  if (value === undefined) {
    return { type: 'empty', value: '' };
  }
  if (value.stringValue !== undefined) {
    return { type: 'string', value: value.stringValue };
  }
  if (value.intValue !== undefined) {
    return { type: 'int', value: String(value.intValue) };
  }
  if (value.doubleValue !== undefined) {
    return { type: 'double', value: String(value.doubleValue) };
  }
  if (value.boolValue !== undefined) {
    return { type: 'bool', value: String(value.boolValue) };
  }
  if (value.bytesValue !== undefined) {
    return { type: 'bytes', value: value.bytesValue };
  }
  if (value.arrayValue !== undefined) {
    return { type: 'array', value: JSON.stringify(value.arrayValue.values?.map(plain) ?? []) };
  }
  if (value.kvlistValue !== undefined) {
    return { type: 'map', value: JSON.stringify(plain(value), null, 2) };
  }
  return { type: 'empty', value: '' };
}

type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };

function plain(value: WireValue): Plain {
  if (value.arrayValue !== undefined) {
    return (value.arrayValue.values ?? []).map(plain);
  }
  if (value.kvlistValue !== undefined) {
    return Object.fromEntries((value.kvlistValue.values ?? []).map((a) => [a.key ?? '', a.value === undefined ? null : plain(a.value)]));
  }
  return value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue ?? value.bytesValue ?? null;
}
