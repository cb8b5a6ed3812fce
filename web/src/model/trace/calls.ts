import { Flag, type TraceTable } from './table';

/** A service's operation in one trace, and its place in a drawing of layers. */
export interface CallNode {
  service: number;
  /** −1 when drawn by service. */
  name: number;
  spans: number;
  errors: number;
  selfNs: number;
  example: number;
  layer: number;
  place: number;
}

export interface CallEdge {
  from: number;
  to: number;
  calls: number;
  errors: number;
}

export interface CallGraph {
  nodes: CallNode[];
  edges: CallEdge[];
  layers: number;
  widest: number;
}

/** Who calls whom within one trace. A node's layer is the least depth at which it occurs; within a layer nodes stand below those that call them. */
export function callGraph(table: TraceTable, self: Float64Array, byOperation: boolean): CallGraph {
  const ids = new Map<number, number>();
  const nodes: CallNode[] = [];
  const nodeOf = new Int32Array(table.count);
  const edges = new Map<number, CallEdge>();
  const layerOf = new Int32Array(table.count);
  for (let row = 0; row < table.count; row++) {
    const key = table.service[row] * (table.names.length + 1) + (byOperation ? table.name[row] + 1 : 0);
    let id = ids.get(key);
    if (id === undefined) {
      id = nodes.length;
      ids.set(key, id);
      nodes.push({ service: table.service[row], name: byOperation ? table.name[row] : -1, spans: 0, errors: 0, selfNs: 0, example: row, layer: Number.MAX_SAFE_INTEGER, place: 0 });
    }
    nodeOf[row] = id;
    const node = nodes[id];
    const above = table.parent[row];
    layerOf[row] = above < 0 ? 0 : nodeOf[above] === id ? layerOf[above] : layerOf[above] + 1;
    node.layer = Math.min(node.layer, layerOf[row]);
    node.spans++;
    node.selfNs += self[row];
    node.errors += table.flags[row] & Flag.Error ? 1 : 0;
    if (table.durationsNs[row] > table.durationsNs[node.example]) {
      node.example = row;
    }
    if (above >= 0 && nodeOf[above] !== id) {
      const edgeKey = nodeOf[above] * table.count + id;
      const edge = edges.get(edgeKey) ?? { from: nodeOf[above], to: id, calls: 0, errors: 0 };
      edges.set(edgeKey, edge);
      edge.calls++;
      edge.errors += table.flags[row] & Flag.Error ? 1 : 0;
    }
  }
  const list = [...edges.values()];
  const layers = nodes.reduce((most, n) => Math.max(most, n.layer + 1), 0);
  let widest = 0;
  for (let layer = 0; layer < layers; layer++) {
    const here = nodes.map((_, i) => i).filter((i) => nodes[i].layer === layer);
    const wanted = (i: number) => {
      const callers = list.filter((e) => e.to === i && nodes[e.from].layer < layer);
      return callers.length === 0 ? nodes[i].example : callers.reduce((sum, e) => sum + nodes[e.from].place, 0) / callers.length;
    };
    const order = new Map(here.map((i) => [i, wanted(i)]));
    here.sort((a, b) => (order.get(a) as number) - (order.get(b) as number) || a - b);
    here.forEach((i, place) => {
      nodes[i].place = place;
    });
    widest = Math.max(widest, here.length);
  }
  return { nodes, edges: list, layers, widest };
}
