import type { Window } from '../../api/metrics';
import { serverStatus } from '../../api/status';
import { resolveRange, type TimeRange } from '../../model/time';

// A moment on both sides: the newest span of the status is not newer than the answer that says so.
const marginMs = 1000;

/** A range as two instants. Everything that is kept becomes the time between the oldest and the newest trace. */
export async function resolveWindow(range: TimeRange, signal?: AbortSignal): Promise<Window> {
  const resolved = resolveRange(range, Date.now());
  if (resolved !== null) {
    return resolved;
  }
  const { traces } = await serverStatus(signal);
  const endMs = traces.newestUnixMs ?? Date.now();
  return { startMs: (traces.oldestUnixMs ?? endMs - 3_600_000) - marginMs, endMs: endMs + marginMs };
}
