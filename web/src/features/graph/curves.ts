import type { GraphEdge, MeshGraph } from '../../api/graph';
import { nameHash } from '../../model/colours';
import type { Placed } from '../../model/graph/layout';
import { nodeRadius } from './shapes';

/** The way of an edge on the drawing. */
export interface Curve {
  edge: GraphEdge;
  /** Points along the edge, x and y in turn. */
  points: Float32Array;
  length: number;
  seed: number;
  colour: string;
}

/** Points of a curve: enough to look round, few enough for two thousand of them. */
export const steps = 14;

export function centre(place: Placed): { cx: number; cy: number } {
  return { cx: place.x + place.width / 2, cy: place.y + nodeRadius + 2 };
}

/** Edges as curves from border to border; the two of a pair and the protocols of one bow away from each other. */
export function curvesOf(graph: MeshGraph, placed: Map<string, Placed>, colourOf: (edge: GraphEdge) => string): Curve[] {
  const lanes = new Map<string, number>();
  const curves: Curve[] = [];
  for (const edge of graph.edges) {
    const a = placed.get(edge.source);
    const b = placed.get(edge.target);
    if (!a || !b) {
      continue;
    }
    const pair = edge.source < edge.target ? `${edge.source}|${edge.target}` : `${edge.target}|${edge.source}`;
    const lane = lanes.get(pair) ?? 0;
    lanes.set(pair, lane + 1);
    const from = centre(a);
    const to = centre(b);
    const points = edge.source === edge.target ? loop(from.cx, from.cy) : bow(from.cx, from.cy, to.cx, to.cy, lane);
    let length = 0;
    for (let i = 2; i < points.length; i += 2) {
      length += Math.hypot(points[i] - points[i - 2], points[i + 1] - points[i - 1]);
    }
    curves.push({ edge, points, length, seed: nameHash(edge.id) % 9973, colour: colourOf(edge) });
  }
  return curves;
}

function bow(x1: number, y1: number, x2: number, y2: number, lane: number): Float32Array {
  const dx = x2 - x1;
  const dy = y2 - y1;
  const distance = Math.hypot(dx, dy) || 1;
  const side = lane === 0 ? 0 : (lane % 2 === 1 ? 1 : -1) * Math.ceil(lane / 2);
  const bend = side * 22;
  const nx = (-dy / distance) * bend;
  const ny = (dx / distance) * bend;
  const pull = dx > 60 ? Math.min(Math.abs(dx) * 0.4, 140) : 0;
  // Between two of one column the way goes beside it, not through what stands between them.
  const aside = Math.abs(dx) <= 60 && Math.abs(dy) > 100 ? (dy > 0 ? 1 : -1) * Math.min(110, 24 + Math.abs(dy) * 0.22) : 0;
  const c1x = x1 + pull + nx + aside;
  const c1y = y1 + ny + (pull === 0 ? dy * 0.3 : 0);
  const c2x = x2 - pull + nx + aside;
  const c2y = y2 + ny - (pull === 0 ? dy * 0.3 : 0);
  const gap = nodeRadius + 4;
  const total = distance + Math.abs(bend);
  const start = Math.min(0.45, gap / total);
  const end = 1 - Math.min(0.45, (gap + 2) / total);
  const points = new Float32Array(steps * 2);
  for (let i = 0; i < steps; i++) {
    const t = start + ((end - start) * i) / (steps - 1);
    const u = 1 - t;
    points[2 * i] = u * u * u * x1 + 3 * u * u * t * c1x + 3 * u * t * t * c2x + t * t * t * x2;
    points[2 * i + 1] = u * u * u * y1 + 3 * u * u * t * c1y + 3 * u * t * t * c2y + t * t * t * y2;
  }
  return points;
}

function loop(x: number, y: number): Float32Array {
  const points = new Float32Array(steps * 2);
  for (let i = 0; i < steps; i++) {
    const angle = Math.PI * (0.85 + (1.3 * i) / (steps - 1));
    points[2 * i] = x + 15 * Math.cos(angle) * -1;
    points[2 * i + 1] = y - nodeRadius - 8 + 15 * Math.sin(angle);
  }
  return points;
}

/** Distance of a point from a straight line between two points. */
export function toSegment(px: number, py: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const t = Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}
