import { useEffect, useRef, useState } from 'react';
import { ask, currentTenant } from '../../api/client';
import type { CriticalPath } from '../../model/trace/criticalPath';
import type { SpanDetail } from '../../model/trace/detail';
import type { TraceTable } from '../../model/trace/table';
import type { FromWorker, ToWorker } from './protocol';

export type TraceState =
  | { kind: 'loading' }
  | { kind: 'missing' }
  | { kind: 'failed'; status: number; message: string }
  | { kind: 'ready'; session: TraceSession };

let sessions = 0;

type Loaded = Extract<FromWorker, { kind: 'loaded' }>;

/** An open trace: its columns here, the rest of it in a worker that is asked when needed. */
export class TraceSession {
  /** Tells openings of traces apart: loading a trace again gives a new one, more rows of the same do not. */
  readonly number: number;
  readonly table: TraceTable;
  readonly path: CriticalPath;
  /** See findRepeats and selfTimes. */
  readonly repeats: Loaded['repeats'];
  readonly self: Float64Array;
  /** From a file, not from the server. */
  readonly imported: boolean;
  private readonly worker: Worker;
  private readonly details = new Map<number, SpanDetail>();
  private readonly waiting: Map<number, (answer: FromWorker) => void>;
  private next: number;

  /** `before`: the session of the rows that were here until now, whose questions may still be open. */
  constructor(worker: Worker, loaded: Loaded, imported: boolean, before: TraceSession | null) {
    this.number = before?.number ?? ++sessions;
    this.waiting = before?.waiting ?? new Map();
    this.next = before?.next ?? 1;
    this.imported = imported;
    this.worker = worker;
    this.table = loaded.table;
    this.path = loaded.path;
    this.repeats = loaded.repeats;
    this.self = loaded.self;
  }

  /** Details seen before, so that going back to a span shows it at once. */
  knownDetail(row: number): SpanDetail | null {
    return this.details.get(row) ?? null;
  }

  /** Null when the server does not have the span any more, or does not answer. */
  async detail(row: number): Promise<SpanDetail | null> {
    const known = this.details.get(row);
    if (known !== undefined) {
      return known;
    }
    const answer = await this.ask((number) => ({ kind: 'detail', number, row }));
    if (answer.kind !== 'detail') {
      throw new Error(`the trace worker answered ${answer.kind} to a question for details`);
    }
    if (answer.detail === null) {
      return null;
    }
    if (this.details.size >= detailLimit) {
      this.details.clear();
    }
    this.details.set(row, answer.detail);
    return answer.detail;
  }

  async find(text: string): Promise<Int32Array> {
    const answer = await this.ask((number) => ({ kind: 'find', number, text }));
    if (answer.kind !== 'found') {
      throw new Error(`the trace worker answered ${answer.kind} to a search`);
    }
    return answer.rows;
  }

  receive(answer: FromWorker): void {
    if (answer.kind === 'detail' || answer.kind === 'found') {
      this.waiting.get(answer.number)?.(answer);
      this.waiting.delete(answer.number);
    }
  }

  private ask(question: (number: number) => ToWorker): Promise<FromWorker> {
    const number = this.next++;
    return new Promise((resolve) => {
      this.waiting.set(number, resolve);
      this.worker.postMessage(question(number));
    });
  }
}

const detailLimit = 2000;

/**
 * Opens a trace for as long as a page shows it. Not in the query cache on purpose: the worker and its copy of the trace must end with the
 * page. `attempt` asks again; until its answer the trace that was there stays.
 */
export function useTrace(source: { traceId: string } | { text: string }, attempt: number): TraceState {
  const key = 'traceId' in source ? source.traceId : source.text;
  const imported = !('traceId' in source);
  const [state, setState] = useState<TraceState>({ kind: 'loading' });
  // The worker of the session that is shown. It goes when another takes its place, not when loading again begins.
  const shown = useRef<Worker | null>(null);
  useEffect(() => () => shown.current?.terminate(), []);
  useEffect(() => {
    const worker = new Worker(new URL('./traceWorker.ts', import.meta.url), { type: 'module' });
    let session: TraceSession | null = null;
    worker.addEventListener('message', (event: MessageEvent<FromWorker>) => {
      const answer = event.data;
      if (answer.kind === 'loaded') {
        session = new TraceSession(worker, answer, imported, session);
        if (shown.current !== worker) {
          shown.current?.terminate();
          shown.current = worker;
        }
        setState({ kind: 'ready', session });
      } else if (answer.kind === 'missing' || answer.kind === 'failed') {
        if (answer.kind === 'failed' && answer.status === 401) {
          // Asked from here, the same refusal makes the page ask for a token.
          void ask('/api/v1/status').catch(() => undefined);
        }
        setState(answer);
      } else {
        session?.receive(answer);
      }
    });
    worker.addEventListener('error', (event) => setState({ kind: 'failed', status: 0, message: event.message }));
    worker.postMessage((imported ? { kind: 'read', text: key } : { kind: 'load', traceId: key, tenant: currentTenant() }) satisfies ToWorker);
    return () => {
      if (shown.current !== worker) {
        worker.terminate();
      }
    };
  }, [key, imported, attempt]);
  return state;
}
