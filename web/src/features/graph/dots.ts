import { isErrorDot, type EdgeMotion } from '../../model/graph/animation';
import { isLit, type Camera, type Look } from './brush';
import { steps, type Curve } from './curves';

/** Dots that are drawn in one frame at most: beyond it every second, third … dot of all edges. */
const dotLimit = 6000;

/** Draws the dots of a moment: requests as circles, failed ones as diamonds, bytes of TCP as smaller circles that jitter. */
export function drawDots(
  ctx: CanvasRenderingContext2D,
  now: number,
  curves: readonly Curve[],
  motions: ReadonlyMap<string, EdgeMotion>,
  look: Look | null,
  camera: Camera,
  colours: Record<string, string>,
): void {
  const { scale, x: ox, y: oy } = camera;
  const left = -ox / scale;
  const top = -oy / scale;
  const right = left + ctx.canvas.clientWidth / scale;
  const bottom = top + ctx.canvas.clientHeight / scale;
  const good = new Path2D();
  const bad = new Path2D();
  const bytes = new Path2D();
  const visible = curves.filter(({ points: p }) => {
    const n = p.length;
    return Math.max(p[0], p[n - 2]) >= left - 60 && Math.min(p[0], p[n - 2]) <= right + 60 && Math.max(p[1], p[n - 1]) >= top - 60 && Math.min(p[1], p[n - 1]) <= bottom + 60;
  });
  let wanted = 0;
  for (const curve of visible) {
    const motion = motions.get(curve.edge.id);
    if (motion && motion.delayMs !== Infinity) {
      wanted += Math.min(curve.length / 5, 1000 / motion.speed / motion.delayMs);
    }
  }
  const thin = Math.max(1, Math.ceil(wanted / dotLimit));
  const r = scale < 0.5 ? 3 / Math.max(scale, 0.2) / 2 : 3.4;
  for (const curve of visible) {
    const motion = motions.get(curve.edge.id);
    if (!motion || motion.delayMs === Infinity || !isLit(look, curve.edge.id)) {
      continue;
    }
    const travel = 1000 / motion.speed;
    // Dots closer than five pixels are one line; then only every second, third … is drawn.
    const every = thin * Math.max(1, Math.ceil((travel / motion.delayMs) * (5 / curve.length)));
    const first = Math.ceil((now - travel) / motion.delayMs);
    const last = Math.floor(now / motion.delayMs);
    for (let n = first + ((every - (((first % every) + every) % every)) % every); n <= last; n += every) {
      const t = ((now - n * motion.delayMs) / travel) * (steps - 1);
      const i = Math.min(steps - 2, Math.floor(t));
      const f = t - i;
      const x = curve.points[2 * i] + (curve.points[2 * i + 2] - curve.points[2 * i]) * f;
      const y = curve.points[2 * i + 1] + (curve.points[2 * i + 3] - curve.points[2 * i + 1]) * f;
      if (motion.isTcp) {
        const jitter = (((n * 7919 + curve.seed) % 51) - 25) / 10;
        bytes.moveTo(x + r * 0.8, y + jitter);
        bytes.arc(x, y + jitter, r * 0.8, 0, Math.PI * 2);
      } else if (isErrorDot(n, curve.seed, motion.errorShare)) {
        bad.moveTo(x, y - r * 1.4);
        bad.lineTo(x + r * 1.4, y);
        bad.lineTo(x, y + r * 1.4);
        bad.lineTo(x - r * 1.4, y);
        bad.closePath();
      } else {
        good.moveTo(x + r, y);
        good.arc(x, y, r, 0, Math.PI * 2);
      }
    }
  }
  ctx.lineWidth = 1.4;
  ctx.fillStyle = colours['graph-dot'];
  ctx.strokeStyle = colours['graph-ok'];
  ctx.fill(good);
  ctx.stroke(good);
  ctx.strokeStyle = colours['graph-bad'];
  ctx.fill(bad);
  ctx.stroke(bad);
  ctx.fillStyle = colours['graph-tcp'];
  ctx.fill(bytes);
}
