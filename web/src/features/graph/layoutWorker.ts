import { layout, type LayoutEdge, type LayoutNode, type Placed } from '../../model/graph/layout';

export interface LayoutJob {
  id: number;
  nodes: LayoutNode[];
  edges: LayoutEdge[];
}

export interface LayoutDone {
  id: number;
  placed: [string, Placed][];
}

self.onmessage = (event: MessageEvent<LayoutJob>) => {
  const { id, nodes, edges } = event.data;
  self.postMessage({ id, placed: [...layout(nodes, edges)] } satisfies LayoutDone);
};
