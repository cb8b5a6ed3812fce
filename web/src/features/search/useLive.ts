import { useEffect, useMemo, useState } from 'react';
import type { Searched, SearchState } from './useSearch';

export interface Live {
  /** What the list shows: the newest answer, or the one at which it was paused. */
  shown: Searched | null;
  paused: boolean;
  /** Traces that came while the list was paused. */
  waiting: number;
  togglePause(): void;
  clear(): void;
}

/** Holds a live list still while somebody reads it, and counts what waits meanwhile. */
export function useLive(on: boolean, state: SearchState): Live {
  const searched = state.kind === 'ready' || state.kind === 'empty' ? state.searched : null;
  const [frozen, setFrozen] = useState<Searched | null>(null);
  const [cleared, setCleared] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (!on) {
      setFrozen(null);
      setCleared(new Set());
    }
  }, [on]);
  const base = on && frozen !== null ? frozen : searched;
  const shown = useMemo(
    () => (base === null || cleared.size === 0 ? base : { ...base, answer: { ...base.answer, traces: base.answer.traces.filter((trace) => !cleared.has(trace.traceId)) } }),
    [base, cleared],
  );
  const waiting = useMemo(() => {
    if (frozen === null || searched === null) {
      return 0;
    }
    const known = new Set(frozen.answer.traces.map((trace) => trace.traceId));
    return searched.answer.traces.filter((trace) => !known.has(trace.traceId)).length;
  }, [frozen, searched]);
  return {
    shown,
    paused: on && frozen !== null,
    waiting,
    togglePause: () => setFrozen(frozen === null ? searched : null),
    clear: () => {
      setFrozen(null);
      setCleared(new Set((searched?.answer.traces ?? []).map((trace) => trace.traceId)));
    },
  };
}
