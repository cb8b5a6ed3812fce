import type { SpanDetail } from '../../model/trace/detail';
import type { CriticalPath } from '../../model/trace/criticalPath';
import type { Repeat } from '../../model/trace/repeats';
import type { TraceTable } from '../../model/trace/table';

/** What the page says to the worker that holds a trace. Answers carry the number of their question. */
export type ToWorker =
  | { kind: 'load'; traceId: string; tenant: string }
  /** The text of a file in the place of an answer of the server. */
  | { kind: 'read'; text: string }
  | { kind: 'detail'; number: number; row: number }
  | { kind: 'find'; number: number; text: string };

export type FromWorker =
  /** The trace, or the beginning of a large one; then it comes again with more of it. */
  | { kind: 'loaded'; table: TraceTable; path: CriticalPath; repeats: ReadonlyMap<number, Repeat>; self: Float64Array }
  | { kind: 'missing' }
  | { kind: 'failed'; status: number; message: string }
  | { kind: 'detail'; number: number; detail: SpanDetail | null }
  | { kind: 'found'; number: number; rows: Int32Array };
