/** A trace, and perhaps one of its spans, as named by something a person pasted. Both ids are lower-case hex, 32 and 16 digits. */
export interface TraceReference {
  traceId: string;
  spanId?: string;
}

const hexOnly = /^[0-9a-f]+$/i;

/** Pads a trace id of 1 to 32 hex digits to its full form; null when it is not one, or is all zeros. */
export function normaliseTraceId(text: string): string | null {
  if (text.length > 32 || !hexOnly.test(text) || /^0+$/.test(text)) {
    return null;
  }
  return text.toLowerCase().padStart(32, '0');
}

/** Pads a span id of 1 to 16 hex digits to its full form; null when it is not one, or is all zeros. */
export function normaliseSpanId(text: string): string | null {
  if (text.length > 16 || !hexOnly.test(text) || /^0+$/.test(text)) {
    return null;
  }
  return text.toLowerCase().padStart(16, '0');
}

type Form = (text: string) => TraceReference | null;

function reference(trace: string | undefined, span?: string): TraceReference | null {
  const traceId = trace === undefined ? null : normaliseTraceId(trace);
  if (traceId === null) {
    return null;
  }
  const spanId = span === undefined ? null : normaliseSpanId(span);
  return spanId === null ? { traceId } : { traceId, spanId };
}

const bareHex: Form = (text) => reference(text);

/** 8-4-4-4-12 as databases and some SDKs print it. */
const uuid: Form = (text) => (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text) ? reference(text.replaceAll('-', '')) : null);

/** W3C: version-trace-span-flags, with or without the header name. */
const traceparent: Form = (text) => {
  const match = /^(?:["']?traceparent["']?\s*[:=]\s*["']?)?[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}\b/i.exec(text);
  return match && reference(match[1], match[2]);
};

/** B3 single header: trace-span[-sampled[-parent]]. */
const b3Single: Form = (text) => {
  const match = /^(?:["']?b3["']?\s*[:=]\s*["']?)?([0-9a-f]{32}|[0-9a-f]{16})-([0-9a-f]{16})(?:-[01d])?(?:-[0-9a-f]{16})?["']?$/i.exec(text);
  return match && reference(match[1], match[2]);
};

/** B3 in several headers, one a line or after one another. */
const b3Multi: Form = (text) => {
  const trace = /x-b3-traceid["']?\s*[:=]\s*["']?([0-9a-f]{16,32})/i.exec(text);
  const span = /x-b3-spanid["']?\s*[:=]\s*["']?([0-9a-f]{16})/i.exec(text);
  return trace && reference(trace[1], span?.[1]);
};

/** Jaeger's header: trace:span:parent:flags; leading zeros may be missing. */
const uberTraceId: Form = (text) => {
  const match = /^(?:["']?uber-trace-id["']?\s*[:=]\s*["']?)?([0-9a-f]{1,32})(?::|%3a)([0-9a-f]{1,16})(?::|%3a)[0-9a-f]{1,16}(?::|%3a)[0-9a-f]{1,2}["']?$/i.exec(text);
  return match && reference(match[1], match[2]);
};

/** AWS X-Ray: Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8. */
const xray: Form = (text) => {
  const match = /\b1-([0-9a-f]{8})-([0-9a-f]{24})\b(?:.*?parent=([0-9a-f]{16}))?/i.exec(text);
  return match && reference(match[1] + match[2], match[3]);
};

/** trace_id="…", traceId: …, trace:id = "…", "trace_id":"…" alone, in braces, or in a line of a log. */
const assignment: Form = (text) => {
  const match = /(?:^|[\s{,;(&?"'.])trace[:_.-]?id["']?\s*[:=]+\s*["'`]?([0-9a-f]{1,32})(?![0-9a-z=+/])/i.exec(text);
  const span = /(?:^|[\s{,;(&?"'.])span[:_.-]?id["']?\s*[:=]+\s*["'`]?([0-9a-f]{1,16})(?![0-9a-z=+/])/i.exec(text);
  return match && reference(match[1], span?.[1]);
};

/** Base64 of the 16 or 8 bytes, as OTLP in protobuf-JSON and Tempo's JSON print ids. */
const base64: Form = (text) => {
  if (!/^(?:[A-Za-z0-9+/_-]{22}==|[A-Za-z0-9+/_-]{11}=)$/.test(text)) {
    return null;
  }
  const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  let hex = '';
  for (let i = 0; i < bytes.length; i++) {
    hex += bytes.charCodeAt(i).toString(16).padStart(2, '0');
  }
  return reference(hex);
};

/** An address of Jaeger (/trace/ID), of this UI, of Tempo's API, or of anything that carries traceId= in its query. */
const url: Form = (text) => {
  if (!/^(?:https?:)?\/\//i.test(text) && !text.startsWith('/')) {
    return null;
  }
  const path = /\/traces?\/([0-9a-f]{1,32})(?=[/?#]|$)/i.exec(text);
  const span = /[?&](?:span|uiFind|spanId)=([0-9a-f]{16})(?=[&#]|$)/i.exec(text);
  if (path) {
    return reference(path[1], span?.[1]);
  }
  const query = /[?&](?:trace_?id)=([0-9a-f]{1,32})(?=[&#]|$)/i.exec(text);
  return query && reference(query[1], span?.[1]);
};

// The strict forms come first: each later one accepts more of what surrounds the id.
const forms: readonly Form[] = [bareHex, uuid, traceparent, b3Single, uberTraceId, base64, url, b3Multi, xray, assignment];

/**
 * Reads a trace reference in any form in which people meet one: hex (short, upper case, 32 digits), UUID, traceparent, B3 in one or
 * several headers, uber-trace-id, X-Ray, base64, a URL of Jaeger or of this UI, or `trace_id="…"` alone or within a log line.
 * Null when the text is something else, such as a query.
 */
export function parseTraceReference(text: string): TraceReference | null {
  const trimmed = text.trim().replace(/^["'`](.*)["'`]$/s, '$1').trim();
  if (trimmed === '' || isCompoundQuery(trimmed)) {
    return null;
  }
  for (const form of forms) {
    const found = form(trimmed);
    if (found) {
      return found;
    }
  }
  return null;
}

/** A spanset filter that says more than one id: it is to be searched, not opened. */
function isCompoundQuery(text: string): boolean {
  return text.startsWith('{') && !text.startsWith('{"') && !/^\{\s*(?:\.|span\.|resource\.)?trace[:_]?id\s*=\s*["'`][0-9a-f]{1,32}["'`]\s*\}$/i.test(text);
}
