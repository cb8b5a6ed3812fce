// A finished span as the tests compare it: ids in hex, times in nanoseconds as text, attribute values as OTLP names their types.
// Made from the SDK's span and not from an encoder's output, so that it does not share an encoder's mistakes.

export function describe(span) {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? '',
    name: span.name,
    kind: `SPAN_KIND_${['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'][span.kind]}`,
    startTimeUnixNano: nanos(span.startTime),
    endTimeUnixNano: nanos(span.endTime),
    status: `STATUS_CODE_${['UNSET', 'OK', 'ERROR'][span.status.code]}`,
    statusMessage: span.status.message ?? '',
    attributes: attributes(span.attributes),
    events: span.events.map((event) => ({ name: event.name, timeUnixNano: nanos(event.time), attributes: attributes(event.attributes) })),
    links: span.links.map((link) => ({ traceId: link.context.traceId, spanId: link.context.spanId, attributes: attributes(link.attributes) })),
    resource: attributes(span.resource.attributes),
    scope: { name: span.instrumentationScope.name, version: span.instrumentationScope.version ?? '' },
  };
}

function nanos([seconds, nanoseconds]) {
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
}

function attributes(values) {
  return Object.entries(values ?? {}).map(([key, value]) => ({ key, value: anyValue(value) }));
}

// JavaScript has one number type: the SDK sends whole numbers as integers.
function anyValue(value) {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
