import { ApiError, ask, readLines, type Searched } from './client';
import type { WireAttribute, WireValue } from './otlp';

/** A line of the answer: traces that no earlier line had, and what has been searched by then. */
interface WirePart {
  traces?: WireTraceSummary[];
  searched?: { sources: number; ofSources: number; inspectedTraces: number; inspectedSpans: number };
  done?: boolean;
  /** On the last line, when a limit ended the search. */
  incomplete?: string;
  error?: string;
}

interface WireTraceSummary {
  traceID: string;
  rootServiceName?: string;
  rootTraceName?: string;
  startTimeUnixNano?: string;
  durationMs?: number;
  spanSets?: { matched?: number; spans?: WireFoundSpan[] }[];
  serviceStats?: Record<string, { spanCount?: number; errorCount?: number }>;
}

interface WireFoundSpan {
  spanID: string;
  name?: string;
  startTimeUnixNano?: string;
  durationNanos?: string;
  attributes?: WireAttribute[];
}

export interface TraceSummary {
  traceId: string;
  /** Empty when the root span has not been received. */
  rootService: string;
  rootName: string;
  startMs: number;
  durationMs: number;
  spanCount: number;
  errorCount: number;
  matched: number;
  /** Largest first. */
  services: { name: string; spans: number; errors: number }[];
  /** Some of the spans that the query matched; how many the server sends is part of the question. */
  spans: FoundSpan[];
}

export interface FoundSpan {
  traceId: string;
  spanId: string;
  name: string;
  startMs: number;
  durationNs: number;
  /** Selected fields by the name without their scope, as the answer has it. */
  fields: Record<string, string>;
}

export interface SearchAnswer {
  traces: TraceSummary[];
  inspectedTraces: number;
  searched: Searched;
}

export interface SearchRequest {
  query: string;
  range: { startMs: number; endMs: number } | null;
  limit: number;
  spansPerTrace: number;
}

/**
 * Runs a search. Traces come in the order of the server's answer; `onPart` hears what is there of it each time that some have been found
 * which nothing can push out any more.
 */
export async function searchTraces(request: SearchRequest, signal?: AbortSignal, onPart?: (soFar: SearchAnswer) => void): Promise<SearchAnswer> {
  const params = new URLSearchParams({ q: request.query, limit: String(request.limit), spss: String(request.spansPerTrace) });
  if (request.range !== null) {
    params.set('start', String(Math.floor(request.range.startMs / 1000)));
    params.set('end', String(Math.ceil(request.range.endMs / 1000)));
  }
  const response = await ask(`/api/v1/search?${params}`, signal, { accept: 'application/x-ndjson' });
  let answer: SearchAnswer = { traces: [], inspectedTraces: 0, searched: { sources: 0, relevant: 0, spans: 0, incomplete: null } };
  for await (const part of readLines<WirePart>(response)) {
    if (part.error !== undefined) {
      throw new ApiError(failedLater, part.error);
    }
    const { sources = 0, ofSources = 0, inspectedTraces = 0, inspectedSpans = 0 } = part.searched ?? {};
    answer = {
      traces: [...answer.traces, ...(part.traces ?? []).map(readSummary)],
      inspectedTraces,
      searched: { sources, relevant: ofSources, spans: inspectedSpans, incomplete: part.incomplete ?? null },
    };
    if (part.done) {
      return answer;
    }
    onPart?.(answer);
  }
  throw new ApiError(failedLater, 'the answer ended before it was complete');
}

/** The status of a failure that came when the answer had begun: of the server's making. */
const failedLater = 500;

const noRoot = '<root span not yet received>';

function readSummary(wire: WireTraceSummary): TraceSummary {
  const traceId = wire.traceID.padStart(32, '0');
  const services = Object.entries(wire.serviceStats ?? {})
    .map(([name, stats]) => ({ name, spans: stats.spanCount ?? 0, errors: stats.errorCount ?? 0 }))
    .sort((a, b) => b.spans - a.spans || a.name.localeCompare(b.name));
  return {
    traceId,
    rootService: wire.rootServiceName === noRoot ? '' : (wire.rootServiceName ?? ''),
    rootName: wire.rootTraceName ?? '',
    startMs: milliseconds(wire.startTimeUnixNano),
    durationMs: wire.durationMs ?? 0,
    spanCount: services.reduce((sum, s) => sum + s.spans, 0),
    errorCount: services.reduce((sum, s) => sum + s.errors, 0),
    matched: (wire.spanSets ?? []).reduce((sum, s) => sum + (s.matched ?? 0), 0),
    services,
    spans: (wire.spanSets ?? []).flatMap((set) => set.spans ?? []).map((span) => readSpan(traceId, span)),
  };
}

function readSpan(traceId: string, wire: WireFoundSpan): FoundSpan {
  const fields: Record<string, string> = {};
  for (const { key, value } of wire.attributes ?? []) {
    if (key !== undefined) {
      fields[key] = valueText(value);
    }
  }
  return {
    traceId,
    spanId: wire.spanID.padStart(16, '0'),
    name: wire.name ?? '',
    startMs: milliseconds(wire.startTimeUnixNano),
    durationNs: Number(wire.durationNanos ?? 0),
    fields,
  };
}

function valueText(value: WireValue | undefined): string {
  const plain = value?.stringValue ?? value?.intValue ?? value?.doubleValue ?? value?.boolValue;
  return plain === undefined ? '' : String(plain);
}

function milliseconds(nano: string | undefined): number {
  return Number((nano ?? '0').slice(0, -6));
}
