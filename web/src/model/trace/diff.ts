import { Flag, type TraceTable } from './table';

export type Change = 'same' | 'changed' | 'added' | 'removed';

/** One line of two traces laid over one another. Rows are −1 on the side that lacks the span. */
export interface DiffRow {
  depth: number;
  base: number;
  other: number;
  change: Change;
}

export interface TraceDiff {
  rows: DiffRow[];
  counts: Record<Change, number>;
}

// A call that takes half as long again, or two thirds of the time, has changed; below a millisecond nothing is sure.
const changedBy = 1.5;
const changedNs = 1e6;

/**
 * Lays two traces over one another from the roots down: below spans that stand for one another, the n-th call of a service's operation in
 * one trace is the n-th in the other.
 */
export function diffTraces(base: TraceTable, other: TraceTable): TraceDiff {
  const rows: DiffRow[] = [];
  const counts: Record<Change, number> = { same: 0, changed: 0, added: 0, removed: 0 };
  const of = (table: TraceTable, row: number) => `${table.services[table.service[row]]}\n${table.names[table.name[row]]}\n${table.kind[row]}`;
  const childrenOf = (table: TraceTable, row: number): number[] => {
    if (row === -1) {
      return [...table.roots];
    }
    const children: number[] = [];
    for (let child = row + 1; child < row + table.size[row]; child += table.size[child]) {
      children.push(child);
    }
    return children;
  };
  const add = (depth: number, b: number, o: number) => {
    const change: Change = b < 0 ? 'added' : o < 0 ? 'removed' : hasChanged(base, b, other, o) ? 'changed' : 'same';
    counts[change]++;
    rows.push({ depth, base: b, other: o, change });
  };
  const walk = (b: number, o: number, depth: number) => {
    const waiting = new Map<string, number[]>();
    for (const row of o < -1 ? [] : childrenOf(other, o)) {
      const key = of(other, row);
      waiting.set(key, [...(waiting.get(key) ?? []), row]);
    }
    for (const row of b < -1 ? [] : childrenOf(base, b)) {
      const match = waiting.get(of(base, row))?.shift() ?? -2;
      add(depth, row, Math.max(-1, match));
      walk(row, match, depth + 1);
    }
    for (const list of waiting.values()) {
      for (const row of list) {
        add(depth, -1, row);
        walk(-2, row, depth + 1);
      }
    }
  };
  walk(-1, -1, 0);
  return { rows, counts };
}

function hasChanged(base: TraceTable, b: number, other: TraceTable, o: number): boolean {
  if ((base.flags[b] & Flag.Error) !== (other.flags[o] & Flag.Error)) {
    return true;
  }
  const [x, y] = [base.durationsNs[b], other.durationsNs[o]];
  return Math.abs(x - y) > changedNs && Math.max(x, y) > Math.min(x, y) * changedBy;
}
