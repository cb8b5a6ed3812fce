import type { GraphNode } from '../../api/graph';
import { isLit, type Brush } from './brush';
import { centre } from './curves';
import { nodeLabel, nodeRadius, tracePath } from './shapes';

/** Below this names are too small to be read and are left out. */
const namesFrom = 0.25;
const nameSizes = { least: 11.5, most: 26 };

export function drawBox(brush: Brush, node: GraphNode): void {
  const { ctx, look, colours: c } = brush;
  const place = brush.placed.get(node.id);
  if (!place) {
    return;
  }
  ctx.globalAlpha = 1;
  ctx.beginPath();
  ctx.roundRect(place.x, place.y, place.width, place.height, 10);
  ctx.fillStyle = node.boxOf === 'app' ? c.surface : c.sunken;
  ctx.fill();
  ctx.strokeStyle = look.selected === node.id ? c.accent : c['line-strong'];
  ctx.lineWidth = look.selected === node.id ? 2 : 1;
  ctx.stroke();
  const size = Math.max(12, Math.min(22, 12 / brush.scale));
  ctx.font = `600 ${size}px ${brush.font}`;
  ctx.fillStyle = c['ink-2'];
  ctx.textAlign = 'left';
  ctx.textBaseline = 'top';
  ctx.fillText(node.name, place.x + 12, place.y + 9);
}

export function drawNode(brush: Brush, node: GraphNode): void {
  const { ctx, look, colours: c } = brush;
  const place = brush.placed.get(node.id);
  if (!place) {
    return;
  }
  ctx.globalAlpha = isLit(look, node.id) ? 1 : 0.1;
  const { cx, cy } = centre(place);
  const outside = node.flags.includes('outside') || node.flags.includes('inaccessible');
  const idle = node.flags.includes('idle') || node.change === 'gone';
  const colour = node.health === 'Failure' ? c['graph-bad'] : node.health === 'Degraded' ? c['graph-warn'] : node.health === 'Healthy' ? c['graph-ok'] : c['graph-idle'];
  if (look.found.nodes.has(node.id)) {
    halo(ctx, cx, cy, c['graph-find']);
  }
  if (look.trace?.has(node.id)) {
    halo(ctx, cx, cy, look.trace.get(node.id)?.error ? c['graph-bad'] : c['graph-trace']);
  }
  if (look.selected === node.id) {
    halo(ctx, cx, cy, c.accent);
  }
  tracePath(ctx, node.kind, node.role ?? '', cx, cy, nodeRadius);
  ctx.fillStyle = outside ? c.sunken : c.surface;
  ctx.fill();
  ctx.lineWidth = 2.5;
  ctx.setLineDash(idle ? [4, 3] : []);
  ctx.strokeStyle = look.compare && node.change === 'new' ? c.accent : colour;
  ctx.stroke();
  ctx.setLineDash([]);
  drawMark(brush, node, cx, cy, colour);
  if (brush.scale < namesFrom && !look.lit) {
    return;
  }
  drawName(brush, node, cx, cy + nodeRadius + 4);
}

/**
 * The name under a node, and its version while that can be read. Far away names are written larger than the drawing, as long as they do not
 * lie on each other; those that would are left out until one goes closer.
 */
function drawName(brush: Brush, node: GraphNode, x: number, top: number): void {
  const { ctx, look, colours: c } = brush;
  const { first, second } = nodeLabel(node);
  const size = nameSize(brush.scale);
  const isLarger = size > nameSizes.least;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'top';
  ctx.font = `600 ${size}px ${brush.font}`;
  const text = first.length > 28 ? `${first.slice(0, 27)}…` : first;
  const width = ctx.measureText(text).width;
  const height = second && !isLarger ? 27 : size + 2.5;
  if (!brush.named.has(node.id) && look.selected !== node.id && !(look.lit?.has(node.id) ?? false)) {
    return;
  }
  ctx.fillStyle = c.paper;
  ctx.globalAlpha *= 0.78;
  ctx.fillRect(x - width / 2 - 2, top - 1, width + 4, height);
  ctx.globalAlpha = isLit(look, node.id) ? 1 : 0.1;
  ctx.fillStyle = c.ink;
  ctx.fillText(text, x, top);
  if (second && !isLarger) {
    ctx.font = `400 10.5px ${brush.font}`;
    ctx.fillStyle = c['ink-3'];
    ctx.fillText(second, x, top + 14);
  }
}

/** Nine pixels on the screen, if that is not more than twice the size that the drawing has room for. */
function nameSize(scale: number): number {
  return Math.max(nameSizes.least, Math.min(nameSizes.most, 9 / scale));
}

/**
 * Takes the place of a node's shape and of its name, so that nothing is written over them. A name that is written larger than the drawing is
 * left out where another stands already.
 */
export function reserveNode(brush: Brush, node: GraphNode): void {
  const place = brush.placed.get(node.id);
  if (!place) {
    return;
  }
  const { cx, cy } = centre(place);
  const { first, second } = nodeLabel(node);
  brush.occupied.add(cx - nodeRadius, cy - nodeRadius, 2 * nodeRadius, 2 * nodeRadius);
  const size = nameSize(brush.scale);
  const half = (Math.min(28, Math.max(first.length, size > nameSizes.least ? 0 : second.length)) * size * 0.56) / 2;
  if (size <= nameSizes.least) {
    brush.occupied.add(cx - half, cy + nodeRadius, 2 * half, second ? 30 : 17);
    brush.named.add(node.id);
  } else if (brush.occupied.take(cx - half, cy + nodeRadius + 4, 2 * half, size)) {
    brush.named.add(node.id);
  }
}

/** What a node is besides its shape, as one sign inside it; state never by colour alone. */
function drawMark(brush: Brush, node: GraphNode, x: number, y: number, colour: string): void {
  const { ctx, colours: c } = brush;
  const sign =
    node.health === 'Failure' ? '!' : node.health === 'Degraded' ? '~' : node.kind === 'unknown' ? '?' : node.flags.includes('gateway') ? '⇥' : node.kind === 'box' ? '▤' : '';
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  if (sign) {
    ctx.font = `700 13px ${brush.font}`;
    ctx.fillStyle = node.health === 'Failure' || node.health === 'Degraded' ? colour : c['ink-3'];
    ctx.fillText(sign, x, y + (node.kind === 'service' && node.role !== 'database' ? 4 : 1));
  }
  if (brush.look.sidecars && node.flags.includes('outOfMesh')) {
    badge(ctx, x + nodeRadius - 2, y + nodeRadius - 5, '⊘', c['graph-bad'], c.paper, brush.font);
  }
  if (node.flags.includes('virtualService')) {
    badge(ctx, x - nodeRadius + 2, y + nodeRadius - 5, '⑂', c.accent, c.paper, brush.font);
  }
  if (node.flags.includes('circuitBreaker')) {
    badge(ctx, x - nodeRadius + 2, y - nodeRadius + 5, '⚡', c['graph-warn'], c.paper, brush.font);
  }
}

function halo(ctx: CanvasRenderingContext2D, x: number, y: number, colour: string): void {
  ctx.save();
  ctx.globalAlpha *= 0.35;
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.arc(x, y, nodeRadius + 9, 0, Math.PI * 2);
  ctx.fill();
  ctx.restore();
}

function badge(ctx: CanvasRenderingContext2D, x: number, y: number, sign: string, colour: string, paper: string, font: string): void {
  ctx.fillStyle = paper;
  ctx.beginPath();
  ctx.arc(x, y, 7, 0, Math.PI * 2);
  ctx.fill();
  ctx.font = `700 11px ${font}`;
  ctx.fillStyle = colour;
  ctx.fillText(sign, x, y + 0.5);
}
