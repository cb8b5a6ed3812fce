import { useEffect, useMemo, useRef, useState } from 'react';
import type { MeshGraph } from '../../api/graph';
import { layout, type LayoutNode, type Placed } from '../../model/graph/layout';
import type { LayoutDone, LayoutJob } from './layoutWorker';
import { nodeSize } from './shapes';

/** Below this the layout takes less time than asking a worker for it. */
const workerFrom = 120;

/** Places of the nodes by id. A graph with the same elements keeps its places; what the reader has moved stays where it was put. */
export function useLayout(graph: MeshGraph | undefined, memory: string): { placed: Map<string, Placed>; move(id: string, x: number, y: number): void; reset(): void } {
  const shape = useMemo(
    () => (graph ? [...graph.nodes.map((node) => `${node.id}/${node.parent ?? ''}`), ...graph.edges.map((edge) => `${edge.source}>${edge.target}`)].sort().join('\n') : ''),
    [graph],
  );
  const [computed, setComputed] = useState<Map<string, Placed>>(new Map());
  const [pinned, setPinned] = useState<Record<string, [number, number]>>(() => readPinned(memory));
  const worker = useRef<Worker | null>(null);
  const job = useRef(0);

  useEffect(() => setPinned(readPinned(memory)), [memory]);
  useEffect(
    () => () => {
      worker.current?.terminate();
      worker.current = null;
    },
    [],
  );
  useEffect(() => {
    if (!graph) {
      return;
    }
    const nodes: LayoutNode[] = graph.nodes.map((node) => ({ id: node.id, parent: node.parent, ...nodeSize(node) }));
    const edges = graph.edges.map(({ source, target }) => ({ source, target }));
    const id = ++job.current;
    if (nodes.length < workerFrom) {
      setComputed(layout(nodes, edges));
      return;
    }
    worker.current ??= new Worker(new URL('./layoutWorker.ts', import.meta.url), { type: 'module' });
    worker.current.onmessage = (event: MessageEvent<LayoutDone>) => {
      if (event.data.id === job.current) {
        setComputed(new Map(event.data.placed));
      }
    };
    worker.current.postMessage({ id, nodes, edges } satisfies LayoutJob);
    // Only the shape of the graph moves its nodes, not the numbers on it.
  }, [shape]);

  const placed = useMemo(() => {
    const all = new Map(computed);
    for (const [id, [x, y]] of Object.entries(pinned)) {
      const known = all.get(id);
      if (known) {
        all.set(id, { ...known, x, y });
      }
    }
    if (graph && Object.keys(pinned).length > 0) {
      fitBoxes(all, graph);
    }
    return all;
  }, [computed, pinned, graph]);

  return {
    placed,
    move(id, x, y) {
      setPinned((known) => {
        const next = { ...known, [id]: [Math.round(x), Math.round(y)] as [number, number] };
        writePinned(memory, next);
        return next;
      });
    },
    reset() {
      writePinned(memory, {});
      setPinned({});
    },
  };
}

/** Boxes follow members that were moved. */
function fitBoxes(placed: Map<string, Placed>, graph: MeshGraph): void {
  const rank = { app: 0, namespace: 1, cluster: 2 } as const;
  const boxes = graph.nodes.filter((node) => node.kind === 'box').sort((a, b) => rank[a.boxOf ?? 'app'] - rank[b.boxOf ?? 'app']);
  for (const box of boxes) {
    const inside = graph.nodes.filter((node) => node.parent === box.id).flatMap((node) => placed.get(node.id) ?? []);
    if (inside.length > 0) {
      const left = Math.min(...inside.map((one) => one.x)) - 22;
      const top = Math.min(...inside.map((one) => one.y)) - 44;
      placed.set(box.id, {
        x: left,
        y: top,
        width: Math.max(...inside.map((one) => one.x + one.width)) + 22 - left,
        height: Math.max(...inside.map((one) => one.y + one.height)) + 22 - top,
      });
    }
  }
}

const prefix = 'clew.graph.places.';

function readPinned(memory: string): Record<string, [number, number]> {
  try {
    return JSON.parse(localStorage.getItem(prefix + memory) ?? '{}') as Record<string, [number, number]>;
  } catch {
    return {};
  }
}

function writePinned(memory: string, pinned: Record<string, [number, number]>): void {
  try {
    if (Object.keys(pinned).length === 0) {
      localStorage.removeItem(prefix + memory);
    } else {
      localStorage.setItem(prefix + memory, JSON.stringify(pinned));
    }
  } catch {
    // Without storage the places last as long as the page.
  }
}
