import type { TraceSession } from './session';

/** What every way of looking at a trace gets. */
export interface ViewProps {
  session: TraceSession;
  /** Self time per row. */
  self: Float64Array;
  slots: Int32Array;
  /** A 1 for every row that a search found; null without one. */
  matches: Uint8Array | null;
  /** Shows the details of a span. */
  onOpen(row: number): void;
}
