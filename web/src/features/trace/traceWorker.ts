import { ApiError, getJson, setTenant } from '../../api/client';
import type { WireTrace } from '../../api/otlp';
import { buildTrace, type BuiltTrace } from '../../model/trace/build';
import { criticalPath, markCritical } from '../../model/trace/criticalPath';
import { spanDetail } from '../../model/trace/detail';
import { findSpans } from '../../model/trace/find';
import { readTraceFile } from '../../model/trace/file';
import type { FromWorker, ToWorker } from './protocol';

/*
 * Fetches and holds one trace off the main thread. The page gets columns of numbers; the answer of the server with its attributes stays
 * here, and single spans are read from it when they are looked at.
 */

let held: BuiltTrace | null = null;

function say(message: FromWorker): void {
  self.postMessage(message);
}

function hold(traceId: string, wire: WireTrace): void {
  held = buildTrace(traceId, wire);
  if (held === null) {
    say({ kind: 'missing' });
    return;
  }
  const path = criticalPath(held.table);
  markCritical(held.table, path);
  say({ kind: 'loaded', table: held.table, path });
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
    hold(traceId, await getJson<WireTrace>(`/api/v1/traces/${traceId}`));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) {
      say({ kind: 'missing' });
    } else {
      say({ kind: 'failed', status: error instanceof ApiError ? error.status : 0, message: error instanceof Error ? error.message : String(error) });
    }
  }
}

self.addEventListener('message', (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.kind === 'load') {
    setTenant(message.tenant);
    void load(message.traceId);
  } else if (message.kind === 'read') {
    read(message.text);
  } else if (held !== null && message.kind === 'detail') {
    say({ kind: 'detail', number: message.number, detail: spanDetail(message.row, held.sources[message.row]) });
  } else if (held !== null && message.kind === 'find') {
    say({ kind: 'found', number: message.number, rows: findSpans(held.table, held.sources, message.text) });
  }
});
