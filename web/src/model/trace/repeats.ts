import { Flag, type TraceTable } from './table';

/** Siblings of one service and operation that stand as one row: a query in a loop, a fan-out. */
export interface Repeat {
  /** The first of them, whose place the row has. */
  first: number;
  /** All of them, the first included, by start. */
  rows: Int32Array;
  errors: number;
  totalNs: number;
  leastNs: number;
  medianNs: number;
  mostNs: number;
  /** From the first start to the last end. */
  fromNs: number;
  toNs: number;
}

/** So many equal siblings are a pattern and not a list. */
export const repeatsLeast = 10;

export function findRepeats(table: TraceTable): Map<number, Repeat> {
  const lists = new Map<number, number[]>();
  const names = table.names.length;
  const kinds = names * table.services.length;
  for (let row = 0; row < table.count; row++) {
    const key = (table.parent[row] + 1) * kinds + table.service[row] * names + table.name[row];
    const list = lists.get(key);
    if (list === undefined) {
      lists.set(key, [row]);
    } else {
      list.push(row);
    }
  }
  const repeats = new Map<number, Repeat>();
  for (const list of lists.values()) {
    if (list.length < repeatsLeast || table.parent[list[0]] < 0) {
      continue;
    }
    const durations = Float64Array.from(list, (row) => table.durationsNs[row]).sort();
    const repeat: Repeat = {
      first: list[0],
      rows: Int32Array.from(list),
      errors: 0,
      totalNs: 0,
      leastNs: durations[0],
      medianNs: durations[(durations.length - 1) >> 1],
      mostNs: durations[durations.length - 1],
      fromNs: table.startNs[list[0]],
      toNs: 0,
    };
    for (const row of list) {
      repeat.errors += table.flags[row] & Flag.Error ? 1 : 0;
      repeat.totalNs += table.durationsNs[row];
      repeat.toNs = Math.max(repeat.toNs, table.startNs[row] + table.durationsNs[row]);
    }
    repeats.set(repeat.first, repeat);
  }
  return repeats;
}

/** What the list of rows does with each row: 0 shows it, 1 leaves its subtree out, 2 shows it alone, for all of its kind. */
export function repeatMarks(table: TraceTable, repeats: ReadonlyMap<number, Repeat>, opened: ReadonlySet<number>): Uint8Array | null {
  if (repeats.size === 0) {
    return null;
  }
  const marks = new Uint8Array(table.count);
  for (const repeat of repeats.values()) {
    if (!opened.has(repeat.first)) {
      for (const row of repeat.rows) {
        marks[row] = 1;
      }
      marks[repeat.first] = 2;
    }
  }
  return marks;
}
