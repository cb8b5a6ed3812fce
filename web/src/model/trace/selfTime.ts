import type { TraceTable } from './table';

/**
 * Time of each span that none of its children covers. Children come in order of start within their parent's rows, so one pass that
 * remembers how far each parent is covered suffices. Children are cut to their parent's time.
 */
export function selfTimes(table: TraceTable): Float64Array {
  const { count, startNs, durationsNs, parent } = table;
  const self = Float64Array.from(durationsNs);
  const coveredUntil = Float64Array.from(startNs);
  for (let row = 0; row < count; row++) {
    const above = parent[row];
    if (above < 0) {
      continue;
    }
    const from = Math.max(startNs[row], coveredUntil[above]);
    const to = Math.min(startNs[row] + durationsNs[row], startNs[above] + durationsNs[above]);
    if (to > from) {
      self[above] -= to - from;
      coveredUntil[above] = to;
    }
  }
  return self;
}
