import { Flag, type TraceTable } from './table';

/** Pieces of time in which the end of the trace waited for one span, in order of time. Times are relative to the trace. */
export interface CriticalPath {
  row: Int32Array;
  fromNs: Float64Array;
  toNs: Float64Array;
  /** Time on the path per table row. */
  ownNs: Float64Array;
}

/**
 * Walks backwards from the end: the span that is waited for is the child that finished last before the cursor; the time between its end
 * and the cursor belongs to the parent. Children are cut to their parent's time, so work that outlives its parent is not waited for.
 * Roots are treated as children of the whole trace. Linear in the number of spans after sorting each span's children by end.
 */
export function criticalPath(table: TraceTable): CriticalPath {
  const { count, startNs, durationsNs } = table;
  const byEnd = childrenByEnd(table);
  const row: number[] = [];
  const fromNs: number[] = [];
  const toNs: number[] = [];
  const ownNs = new Float64Array(count);

  const add = (span: number, from: number, to: number) => {
    if (span >= 0 && to > from) {
      row.push(span);
      fromNs.push(from);
      toNs.push(to);
      ownNs[span] += to - from;
    }
  };

  // A frame is a span whose time before `cursor` is still to be explained; `next` is the place in its list of children.
  const spans = [-1];
  const froms = [0];
  const cursors = [table.durationNs];
  const nexts = [byEnd.from[0]];
  while (spans.length > 0) {
    const top = spans.length - 1;
    const span = spans[top];
    const limit = byEnd.from[span + 2];
    let entered = false;
    while (nexts[top] < limit) {
      const child = byEnd.child[nexts[top]++];
      const end = Math.min(startNs[child] + durationsNs[child], span < 0 ? table.durationNs : startNs[span] + durationsNs[span]);
      const start = Math.max(startNs[child], froms[top]);
      if (end > cursors[top] || end <= start) {
        continue;
      }
      add(span, end, cursors[top]);
      cursors[top] = start;
      spans.push(child);
      froms.push(start);
      cursors.push(end);
      nexts.push(byEnd.from[child + 1]);
      entered = true;
      break;
    }
    if (!entered) {
      add(span, froms[top], cursors[top]);
      spans.pop();
      froms.pop();
      cursors.pop();
      nexts.pop();
    }
  }
  return {
    row: Int32Array.from(row).reverse(),
    fromNs: Float64Array.from(fromNs).reverse(),
    toNs: Float64Array.from(toNs).reverse(),
    ownNs,
  };
}

/** Children of span s are child[from[s + 1]] to child[from[s + 2] − 1], latest end first; s = −1 stands for the trace, with the roots. */
function childrenByEnd({ count, parent, startNs, durationsNs }: TraceTable): { from: Int32Array; child: Int32Array } {
  const order = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    order[i] = i;
  }
  order.sort((a, b) => startNs[b] + durationsNs[b] - startNs[a] - durationsNs[a] || durationsNs[b] - durationsNs[a] || a - b);
  const from = new Int32Array(count + 2);
  for (let i = 0; i < count; i++) {
    from[parent[i] + 2]++;
  }
  for (let i = 1; i < from.length; i++) {
    from[i] += from[i - 1];
  }
  const filled = from.slice(0, count + 1);
  const child = new Int32Array(count);
  for (let k = 0; k < count; k++) {
    child[filled[parent[order[k]] + 1]++] = order[k];
  }
  return { from, child };
}

/** Sets Flag.Critical on the spans that have time on the path. */
export function markCritical(table: TraceTable, path: CriticalPath): void {
  for (let row = 0; row < table.count; row++) {
    if (path.ownNs[row] > 0) {
      table.flags[row] |= Flag.Critical;
    }
  }
}
