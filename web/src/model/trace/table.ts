/**
 * A trace as columns. Row i is the i-th span in depth-first order, children by start time, so that the subtree of i is the rows
 * i to i + size[i] − 1 and skipping a folded subtree is one addition. There is no object per span: 100 000 spans are about 6 MB.
 */
export interface TraceTable {
  traceId: string;
  /** Rows that are here. */
  count: number;
  /** Spans of the whole trace: more than `count` while a large one is being fetched. */
  spans: number;
  /** Start of the earliest span, nanoseconds since 1970 as decimal digits. All other times are relative to it. */
  baseUnixNano: string;
  baseUnixMs: number;
  /** From the earliest start to the latest end. */
  durationNs: number;
  startNs: Float64Array;
  durationsNs: Float64Array;
  /** Row of the parent, −1 for roots. */
  parent: Int32Array;
  /** Rows in the subtree, itself included. */
  size: Int32Array;
  depth: Int32Array;
  maxDepth: number;
  /** Index into `services` and `names`. */
  service: Int32Array;
  name: Int32Array;
  kind: Uint8Array;
  flags: Uint16Array;
  spanIdHigh: Uint32Array;
  spanIdLow: Uint32Array;
  /** Events of row i are eventNs[eventsFrom[i]] to eventNs[eventsFrom[i + 1] − 1]. */
  eventsFrom: Int32Array;
  eventNs: Float64Array;
  services: string[];
  spansOfService: Int32Array;
  errorsOfService: Int32Array;
  names: string[];
  roots: Int32Array;
  /** The root that names the trace: the earliest one with no parent at all, else the earliest. */
  mainRoot: number;
  errorCount: number;
  problems: TraceProblems;
}

/** What is wrong with the trace as received, to be said in words above it. */
export interface TraceProblems {
  missingParents: number;
  sharedIds: number;
  duplicateIds: number;
  loops: number;
  /** Why spans are left out, in the server's words; empty when none are. */
  cut: string;
  /** Pairs of services whose clocks disagree, largest first. */
  skews: ClockSkew[];
}

export interface ClockSkew {
  parentService: string;
  childService: string;
  spans: number;
  largestNs: number;
}

export const Flag = {
  Error: 1,
  ErrorBelow: 2,
  MissingParent: 4,
  /** The server half of a span id that client and server share (Zipkin). */
  SharedId: 8,
  Exception: 16,
  Links: 32,
  Skewed: 64,
  Loop: 128,
  /** On the critical path, see criticalPath.ts. */
  Critical: 256,
} as const;

export const SpanKind = { Unspecified: 0, Internal: 1, Server: 2, Client: 3, Producer: 4, Consumer: 5 } as const;

export function spanIdOf(table: TraceTable, row: number): string {
  return table.spanIdHigh[row].toString(16).padStart(8, '0') + table.spanIdLow[row].toString(16).padStart(8, '0');
}

/** Row of a span id; for a shared id the client's half, which comes first. −1 when the trace has no such span. */
export function rowOfSpan(table: TraceTable, spanId: string): number {
  if (!/^[0-9a-f]{16}$/i.test(spanId)) {
    return -1;
  }
  const high = Number.parseInt(spanId.slice(0, 8), 16);
  const low = Number.parseInt(spanId.slice(8), 16);
  for (let row = 0; row < table.count; row++) {
    if (table.spanIdLow[row] === low && table.spanIdHigh[row] === high) {
      return row;
    }
  }
  return -1;
}
