import type { GraphNode } from '../../api/graph';
import type { Placed } from '../../model/graph/layout';
import type { Occupied } from './occupied';

/** How the graph looks besides its elements. */
export interface Look {
  labels: Map<string, string[]>;
  security: boolean;
  sidecars: boolean;
  found: { nodes: ReadonlySet<string>; edges: ReadonlySet<string> };
  /** What is not faded; null: nothing is. */
  lit: ReadonlySet<string> | null;
  selected: string;
  compare: boolean;
  /** Hop numbers of a trace by element, and those of them that failed. */
  trace: Map<string, { step: string; error: boolean }> | null;
  traceNow: string;
}

export interface Camera {
  scale: number;
  x: number;
  y: number;
}

/** What everything that is drawn needs: where, in which colours, and what stands out. */
export interface Brush {
  ctx: CanvasRenderingContext2D;
  colours: Record<string, string>;
  look: Look;
  scale: number;
  font: string;
  placed: Map<string, Placed>;
  /** Where text stands already. */
  occupied: Occupied;
  /** Nodes whose names have room. */
  named: Set<string>;
  isOpenBox(node: GraphNode): boolean;
}

export function isLit(look: Look | null, id: string): boolean {
  return !look?.lit || look.lit.has(id);
}
