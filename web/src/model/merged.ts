import type { TraceTable } from './trace/table';
import { Flag } from './trace/table';

/** Spans of several traces that stand at the same place: same path of service and operation from the root. */
export interface MergedNode {
  service: string;
  name: string;
  /** In how many traces it occurs, and how many spans that is in all. */
  traces: number;
  spans: number;
  errors: number;
  /** Sum over its spans. */
  durationNs: number;
  largestNs: number;
  /** A trace that has it. */
  example: string;
  children: MergedNode[];
}

interface Building extends MergedNode {
  lastTrace: number;
  byKey: Map<string, Building>;
}

/** Lays traces over one another. The most frequent branches come first. */
export function mergeTraces(tables: readonly TraceTable[]): MergedNode[] {
  const top = new Map<string, Building>();
  tables.forEach((table, number) => {
    const nodes = new Array<Building>(table.count);
    for (let row = 0; row < table.count; row++) {
      const siblings = table.parent[row] < 0 ? top : nodes[table.parent[row]].byKey;
      const service = table.services[table.service[row]];
      const name = table.names[table.name[row]];
      const key = `${service}\n${name}`;
      let node = siblings.get(key);
      if (node === undefined) {
        node = { service, name, traces: 0, spans: 0, errors: 0, durationNs: 0, largestNs: 0, example: table.traceId, children: [], lastTrace: -1, byKey: new Map() };
        siblings.set(key, node);
      }
      nodes[row] = node;
      node.spans++;
      node.errors += table.flags[row] & Flag.Error ? 1 : 0;
      node.durationNs += table.durationsNs[row];
      node.largestNs = Math.max(node.largestNs, table.durationsNs[row]);
      if (node.lastTrace !== number) {
        node.lastTrace = number;
        node.traces++;
      }
    }
  });
  const finish = (siblings: Map<string, Building>): MergedNode[] =>
    [...siblings.values()]
      .sort((a, b) => b.traces - a.traces || b.durationNs - a.durationNs)
      .map(({ lastTrace: _, byKey, ...node }) => ({ ...node, children: finish(byKey) }));
  return finish(top);
}
