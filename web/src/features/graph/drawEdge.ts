import type { GraphEdge } from '../../api/graph';
import { isLit, type Brush } from './brush';
import { steps, type Curve } from './curves';
import { drawLock } from './shapes';

/** Sizes of labels: as large as the drawing has room for, and far away at least as large as can be read. */
const sizes = { least: 10.5, most: 20, onScreen: 8.5 };

/** Where along an edge its label may stand, best first: off the middle, where edges cross. */
const labelAt = [0.42, 0.5, 0.34, 0.58, 0.26, 0.66];

export function edgeColour(edge: GraphEdge, colours: Record<string, string>, compare: boolean): string {
  const c = colours;
  if (compare && edge.change && edge.change !== 'same') {
    return edge.change === 'new' ? c.accent : edge.change === 'gone' ? c['graph-idle'] : edge.change === 'slower' || edge.change === 'failing' ? c['graph-bad'] : c['graph-ok'];
  }
  if (edge.rates.rate <= 0) {
    return c['graph-idle'];
  }
  if (edge.protocol === 'tcp') {
    return c['graph-tcp'];
  }
  return edge.health === 'Failure' ? c['graph-bad'] : edge.health === 'Degraded' ? c['graph-warn'] : c['graph-ok'];
}

export function drawEdge(brush: Brush, curve: Curve): void {
  const { ctx, colours: c, look } = brush;
  const { edge } = curve;
  ctx.globalAlpha = isLit(look, edge.id) ? 1 : 0.1;
  const onTrace = look.trace?.get(edge.id);
  if (look.found.edges.has(edge.id)) {
    stroke(ctx, curve, c['graph-find'], 8);
  }
  if (onTrace) {
    stroke(ctx, curve, onTrace.error ? c['graph-bad'] : c['graph-trace'], look.traceNow === edge.id ? 9 : 6);
  }
  ctx.setLineDash(edge.change === 'gone' || edge.rates.rate <= 0 ? [5, 4] : []);
  stroke(ctx, curve, curve.colour, widthOf(edge) + (look.selected === edge.id ? 1.5 : 0));
  ctx.setLineDash([]);
  arrow(ctx, curve);
}

/** The label and the lock of an edge, where there is room for them; those of what is looked at always. */
export function drawEdgeLabel(brush: Brush, curve: Curve): void {
  const { ctx, colours: c, look } = brush;
  const { edge } = curve;
  const lines = [...(look.labels.get(edge.id) ?? [])];
  const step = look.trace?.get(edge.id)?.step;
  if (step) {
    lines.unshift(step);
  }
  if (look.compare && edge.change && edge.change !== 'same') {
    lines.push(look.labels.get(`change:${edge.change}`)?.[0] ?? edge.change);
  }
  const lock = look.security && edge.rates.rate > 0 ? edge.mtls?.percent : undefined;
  if (lock !== undefined && lock > 0 && lock < 100) {
    lines.unshift(`${Math.round(lock)} %`);
  }
  if (lines.length === 0 && lock === undefined) {
    return;
  }
  ctx.globalAlpha = isLit(look, edge.id) ? 1 : 0.1;
  const size = Math.max(sizes.least, Math.min(sizes.most, sizes.onScreen / brush.scale));
  const lineHeight = size + 3.5;
  ctx.font = `500 ${size}px ${brush.font}`;
  const widths = lines.map((line) => ctx.measureText(line).width + 8);
  const width = Math.max(lock === undefined ? 0 : 18, ...widths);
  const lockHeight = lock === undefined ? 0 : 18;
  const height = lockHeight + lines.length * lineHeight;
  const spot = placeFor(brush, curve, width, height);
  if (!spot) {
    return;
  }
  const [x, top] = spot;
  if (lock !== undefined) {
    ctx.fillStyle = c.paper;
    ctx.beginPath();
    ctx.arc(x, top + 9, 9, 0, Math.PI * 2);
    ctx.fill();
    ctx.fillStyle = ctx.strokeStyle = lock >= 100 ? c['graph-ok'] : lock > 0 ? c['graph-warn'] : c['graph-bad'];
    drawLock(ctx, x, top + 8, lock);
  }
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  lines.forEach((line, i) => {
    const middle = top + lockHeight + (i + 0.5) * lineHeight;
    ctx.fillStyle = c.paper;
    ctx.beginPath();
    ctx.roundRect(x - widths[i] / 2, middle - lineHeight / 2, widths[i], lineHeight, 4);
    ctx.fill();
    ctx.fillStyle = line.endsWith(' err') ? c.error : c['ink-2'];
    ctx.fillText(line, x, middle + 0.5);
  });
}

/** The first place along the edge where nothing stands yet: its middle and top. */
function placeFor(brush: Brush, curve: Curve, width: number, height: number): [number, number] | undefined {
  const spotAt = (share: number): [number, number] => {
    const at = Math.round(share * (steps - 1)) * 2;
    return [curve.points[at], curve.points[at + 1] - height / 2];
  };
  for (let i = 0; i < labelAt.length; i++) {
    const [x, top] = spotAt(labelAt[(i + (curve.seed % 2)) % labelAt.length]);
    if (brush.occupied.take(x - width / 2, top, width, height)) {
      return [x, top];
    }
  }
  const mustStand = brush.look.selected === curve.edge.id || (brush.look.lit?.has(curve.edge.id) ?? false) || (brush.look.trace?.has(curve.edge.id) ?? false);
  return mustStand ? spotAt(labelAt[0]) : undefined;
}

function stroke(ctx: CanvasRenderingContext2D, curve: Curve, colour: string, width: number): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.beginPath();
  ctx.moveTo(curve.points[0], curve.points[1]);
  for (let i = 2; i < curve.points.length; i += 2) {
    ctx.lineTo(curve.points[i], curve.points[i + 1]);
  }
  ctx.stroke();
}

function arrow(ctx: CanvasRenderingContext2D, curve: Curve): void {
  const p = curve.points;
  const n = p.length;
  const angle = Math.atan2(p[n - 1] - p[n - 3], p[n - 2] - p[n - 4]);
  const size = 7 + widthOf(curve.edge);
  ctx.fillStyle = curve.colour;
  ctx.beginPath();
  ctx.moveTo(p[n - 2], p[n - 1]);
  ctx.lineTo(p[n - 2] - size * Math.cos(angle - 0.42), p[n - 1] - size * Math.sin(angle - 0.42));
  ctx.lineTo(p[n - 2] - size * Math.cos(angle + 0.42), p[n - 1] - size * Math.sin(angle + 0.42));
  ctx.fill();
}

function widthOf(edge: GraphEdge): number {
  return edge.protocol === 'tcp' ? 1.6 : 1.3 + Math.min(3, Math.log10(1 + edge.rates.rate) * 0.9);
}
