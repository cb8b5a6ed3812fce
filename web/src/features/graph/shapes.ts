import type { GraphNode } from '../../api/graph';

/** Pixels of a node's shape and the label under it, in graph units. */
export const nodeRadius = 17;
const letter = 6.4;
const labelHeight = 30;

export function nodeLabel(node: GraphNode): { first: string; second: string } {
  const second =
    node.kind === 'app' && node.version ? node.version : node.kind === 'service' && node.role ? node.role : node.kind === 'workload' && node.version && !node.name.endsWith(node.version) ? node.version : '';
  return { first: node.name, second };
}

export function nodeSize(node: GraphNode): { width: number; height: number } {
  const { first, second } = nodeLabel(node);
  return { width: Math.max(2 * nodeRadius + 8, Math.min(Math.max(first.length, second.length), 26) * letter), height: 2 * nodeRadius + labelHeight };
}

export function tracePath(ctx: CanvasRenderingContext2D, kind: string, role: string, x: number, y: number, r: number): void {
  ctx.beginPath();
  if (role === 'database') {
    const w = r * 0.85;
    const h = r * 0.8;
    ctx.ellipse(x, y - h, w, r * 0.32, 0, Math.PI, 0);
    ctx.lineTo(x + w, y + h);
    ctx.ellipse(x, y + h, w, r * 0.32, 0, 0, Math.PI);
    ctx.closePath();
    return;
  }
  switch (kind) {
    case 'app':
      ctx.roundRect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76, 4);
      return;
    case 'service':
      ctx.moveTo(x, y - r);
      ctx.lineTo(x + r, y + r * 0.75);
      ctx.lineTo(x - r, y + r * 0.75);
      ctx.closePath();
      return;
    case 'aggregate':
      for (let i = 0; i < 6; i++) {
        const angle = (Math.PI / 3) * i;
        ctx.lineTo(x + r * Math.cos(angle), y + r * Math.sin(angle));
      }
      ctx.closePath();
      return;
    case 'box':
      ctx.roundRect(x - r * 1.1, y - r * 0.9, r * 2.2, r * 1.8, 7);
      return;
    default:
      ctx.arc(x, y, r, 0, Math.PI * 2);
  }
}

/** A padlock, about 10 by 12 pixels around a point: closed, half or open. */
export function drawLock(ctx: CanvasRenderingContext2D, x: number, y: number, percent: number): void {
  ctx.lineWidth = 1.4;
  ctx.beginPath();
  ctx.roundRect(x - 5, y - 1, 10, 7.5, 1.5);
  if (percent >= 100) {
    ctx.fill();
  } else {
    ctx.stroke();
    if (percent > 0) {
      ctx.fillRect(x - 5, y - 1, 5, 7.5);
    }
  }
  ctx.beginPath();
  if (percent > 0) {
    ctx.arc(x, y - 1.5, 3.2, Math.PI, 0);
  } else {
    ctx.arc(x + 4.6, y - 1.5, 3.2, Math.PI, -0.15);
  }
  ctx.stroke();
}
