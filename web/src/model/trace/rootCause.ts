import { Flag, type TraceTable } from './table';

/**
 * The error that most likely explains the others: among the failed spans none of whose descendants failed, the deepest; of equally deep
 * ones the longest, then the earliest. −1 when nothing failed.
 */
export function rootCause(table: TraceTable): number {
  let best = -1;
  for (let row = 0; row < table.count; row++) {
    if ((table.flags[row] & (Flag.Error | Flag.ErrorBelow)) !== Flag.Error) {
      continue;
    }
    const deeper = best < 0 ? 1 : table.depth[row] - table.depth[best] || table.durationsNs[row] - table.durationsNs[best] || table.startNs[best] - table.startNs[row];
    if (deeper > 0) {
      best = row;
    }
  }
  return best;
}
