import { Flag, type TraceTable } from './table';

/** Spans of a trace that have a service, or a service and an operation, in common. */
export interface SpanGroup {
  service: number;
  /** −1 when grouped by service alone. */
  name: number;
  count: number;
  errors: number;
  totalNs: number;
  selfNs: number;
  leastNs: number;
  medianNs: number;
  mostNs: number;
  /** The longest of them. */
  example: number;
}

export function groupSpans(table: TraceTable, self: Float64Array, byOperation: boolean): SpanGroup[] {
  const rows = new Map<number, number[]>();
  for (let row = 0; row < table.count; row++) {
    const key = table.service[row] * (table.names.length + 1) + (byOperation ? table.name[row] + 1 : 0);
    const list = rows.get(key);
    if (list === undefined) {
      rows.set(key, [row]);
    } else {
      list.push(row);
    }
  }
  return [...rows.values()].map((list) => {
    const durations = Float64Array.from(list, (row) => table.durationsNs[row]).sort();
    let selfNs = 0;
    let totalNs = 0;
    let errors = 0;
    let example = list[0];
    for (const row of list) {
      selfNs += self[row];
      totalNs += table.durationsNs[row];
      errors += table.flags[row] & Flag.Error ? 1 : 0;
      example = table.durationsNs[row] > table.durationsNs[example] ? row : example;
    }
    return {
      service: table.service[list[0]],
      name: byOperation ? table.name[list[0]] : -1,
      count: list.length,
      errors,
      totalNs,
      selfNs,
      leastNs: durations[0],
      medianNs: durations[(durations.length - 1) >> 1],
      mostNs: durations[durations.length - 1],
      example,
    };
  });
}
