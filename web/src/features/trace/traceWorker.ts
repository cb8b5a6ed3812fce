import { ApiError, ask, getJson, setTenant } from '../../api/client';
import type { WireTrace } from '../../api/otlp';
import { buildTrace, type SpanSource } from '../../model/trace/build';
import { criticalPath, markCritical } from '../../model/trace/criticalPath';
import { spanDetail } from '../../model/trace/detail';
import { readTraceFile } from '../../model/trace/file';
import { findSpans } from '../../model/trace/find';
import { findRepeats } from '../../model/trace/repeats';
import { selfTimes } from '../../model/trace/selfTime';
import { plainSources, readSkeletonHeader, tableOfSkeleton } from '../../model/trace/skeleton';
import { spanIdOf, type TraceTable } from '../../model/trace/table';
import type { FromWorker, ToWorker } from './protocol';

/*
 * Fetches and holds one trace off the main thread. The page gets columns of numbers. Of a small trace the answer of the server with its
 * attributes stays here, and single spans are read from it when they are looked at. Of a large one only the skeleton comes (71 bytes a
 * span, and 8 an event), a window of rows at a time: the first is shown at once. The details of a span are asked for when it is looked at,
 * and all of them when somebody searches.
 */

/** A trace up to here comes whole: 10 000 spans are about 6 MB of JSON. */
const wholeLimit = 8_000;
/** Rows of a skeleton in one answer: 14 MB. */
const windowRows = 200_000;
/** A trace up to here is fetched whole for a search; above it names, services, kinds, states and ids are searched. */
const searchedLimit = 150_000;

interface Held {
  traceId: string;
  table: TraceTable;
  /** In row order; null while only the skeleton is here. */
  sources: SpanSource[] | null;
}

let held: Held | null = null;
let searchable: Promise<SpanSource[]> | null = null;

function say(message: FromWorker): void {
  self.postMessage(message);
}

function show(table: TraceTable): void {
  const path = criticalPath(table);
  markCritical(table, path);
  say({ kind: 'loaded', table, path, repeats: findRepeats(table), self: selfTimes(table) });
}

function hold(traceId: string, wire: WireTrace): void {
  const built = buildTrace(traceId, wire);
  if (built === null) {
    say({ kind: 'missing' });
    return;
  }
  held = { traceId, ...built };
  show(built.table);
}

function read(text: string): void {
  try {
    const { traceId, wire } = readTraceFile(text);
    hold(traceId, wire);
  } catch (error) {
    say({ kind: 'failed', status: 0, message: error instanceof Error ? error.message : String(error) });
  }
}

async function load(traceId: string): Promise<void> {
  try {
    const first = await skeletonOf(traceId, 0);
    if (first === null || readSkeletonHeader(first).header.spans <= wholeLimit) {
      hold(traceId, await getJson<WireTrace>(`/api/v1/traces/${traceId}`));
      return;
    }
    const windows = [first];
    const { spans, rows } = readSkeletonHeader(first).header;
    showSkeleton(traceId, windows);
    for (let from = rows; from < spans; ) {
      const next = await skeletonOf(traceId, from);
      const header = next === null ? null : readSkeletonHeader(next).header;
      if (next === null || header === null || header.rows === 0 || header.spans !== spans) {
        // It has changed under our hands: the rows of one form do not continue those of the other.
        await load(traceId);
        return;
      }
      windows.push(next);
      from += header.rows;
    }
    if (windows.length > 1) {
      showSkeleton(traceId, windows);
    }
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) {
      say({ kind: 'missing' });
    } else {
      say({ kind: 'failed', status: error instanceof ApiError ? error.status : 0, message: error instanceof Error ? error.message : String(error) });
    }
  }
}

function showSkeleton(traceId: string, windows: readonly ArrayBuffer[]): void {
  const table = tableOfSkeleton(windows);
  if (table === null) {
    say({ kind: 'missing' });
    return;
  }
  searchable = null;
  held = { traceId, table, sources: null };
  show(table);
}

/** Null when there is none; then asking for the whole trace says why. */
async function skeletonOf(traceId: string, from: number): Promise<ArrayBuffer | null> {
  try {
    return await (await ask(`/api/v1/traces/${traceId}/skeleton?from=${from}&count=${windowRows}`, undefined, { accept: 'application/vnd.clew.skeleton' })).arrayBuffer();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) {
      return null;
    }
    throw error;
  }
}

async function sendDetail(trace: Held, number: number, row: number): Promise<void> {
  let source = trace.sources?.[row];
  if (source === undefined) {
    const id = spanIdOf(trace.table, row);
    const wire = await getJson<WireTrace>(`/api/v1/traces/${trace.traceId}/spans?ids=${id}`).catch(() => null);
    source = wire === null ? undefined : sourcesOf(wire).find((s) => s.span.spanId === id && (s.span.kind ?? 0) === trace.table.kind[row]);
  }
  say({ kind: 'detail', number, detail: source === undefined ? null : spanDetail(row, source) });
}

function sourcesOf(wire: WireTrace): SpanSource[] {
  return (wire.resourceSpans ?? []).flatMap((resource) => (resource.scopeSpans ?? []).flatMap((scope) => (scope.spans ?? []).map((span) => ({ span, resource, scope }))));
}

/** The spans in row order, fetched at the first search. */
function sourcesFor(trace: Held): Promise<SpanSource[]> {
  if (trace.sources !== null) {
    return Promise.resolve(trace.sources);
  }
  searchable ??= (async () => {
    const plain = plainSources(trace.table);
    if (trace.table.count > searchedLimit) {
      return plain;
    }
    const byId = new Map<string, SpanSource>();
    for (const source of sourcesOf(await getJson<WireTrace>(`/api/v1/traces/${trace.traceId}`))) {
      byId.set(`${source.span.spanId} ${source.span.kind ?? 0}`, source);
    }
    return plain.map((other, row) => byId.get(`${spanIdOf(trace.table, row)} ${trace.table.kind[row]}`) ?? other);
  })();
  return searchable;
}

self.addEventListener('message', (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.kind === 'load') {
    setTenant(message.tenant);
    void load(message.traceId);
  } else if (message.kind === 'read') {
    read(message.text);
  } else if (held !== null && message.kind === 'detail') {
    void sendDetail(held, message.number, message.row);
  } else if (held !== null && message.kind === 'find') {
    const trace = held;
    void sourcesFor(trace)
      .catch(() => plainSources(trace.table))
      .then((sources) => say({ kind: 'found', number: message.number, rows: findSpans(trace.table, sources, message.text) }));
  }
});
