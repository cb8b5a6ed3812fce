/** OTLP/JSON as `GET /api/v1/traces/{id}` answers it. 64-bit integers come as strings; numbers are accepted too. */
export interface WireTrace {
  resourceSpans?: WireResourceSpans[];
}

export interface WireResourceSpans {
  resource?: { attributes?: WireAttribute[]; droppedAttributesCount?: number };
  scopeSpans?: WireScopeSpans[];
  schemaUrl?: string;
}

export interface WireScopeSpans {
  scope?: { name?: string; version?: string; attributes?: WireAttribute[] };
  spans?: WireSpan[];
  schemaUrl?: string;
}

export interface WireSpan {
  traceId?: string;
  spanId?: string;
  parentSpanId?: string;
  traceState?: string;
  flags?: number;
  name?: string;
  kind?: number;
  startTimeUnixNano?: string | number;
  endTimeUnixNano?: string | number;
  attributes?: WireAttribute[];
  droppedAttributesCount?: number;
  events?: WireEvent[];
  droppedEventsCount?: number;
  links?: WireLink[];
  droppedLinksCount?: number;
  status?: { code?: number; message?: string };
}

export interface WireEvent {
  timeUnixNano?: string | number;
  name?: string;
  attributes?: WireAttribute[];
  droppedAttributesCount?: number;
}

export interface WireLink {
  traceId?: string;
  spanId?: string;
  traceState?: string;
  attributes?: WireAttribute[];
  droppedAttributesCount?: number;
  flags?: number;
}

export interface WireAttribute {
  key?: string;
  value?: WireValue;
}

export interface WireValue {
  stringValue?: string;
  intValue?: string | number;
  doubleValue?: number | string;
  boolValue?: boolean;
  bytesValue?: string;
  arrayValue?: { values?: WireValue[] };
  kvlistValue?: { values?: WireAttribute[] };
}
