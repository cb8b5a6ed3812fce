import type { GraphEdge, GraphNode, MeshGraph } from '../../api/graph';
import { isErrorDot, motions, type EdgeMotion } from '../../model/graph/animation';
import type { Placed } from '../../model/graph/layout';
import { nameHash } from '../../model/colours';
import { drawLock, nodeLabel, nodeRadius, tracePath } from './shapes';

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

interface Curve {
  edge: GraphEdge;
  /** Points along the edge, x and y in turn. */
  points: Float32Array;
  length: number;
  seed: number;
  colour: string;
}

const steps = 14;
const labelsFrom = 0.5;
const namesFrom = 0.3;
/** Dots that are drawn in one frame at most: beyond it every second, third … dot of all edges. */
const dotLimit = 6000;
const frameWindow = 240;

/** Draws the graph on one canvas and the traffic on another above it, which alone is redrawn in every frame. */
export class Painter {
  readonly frameTimes: number[] = [];
  motions = new Map<string, EdgeMotion>();
  private curves: Curve[] = [];
  private colours: Record<string, string> = {};
  private graph: MeshGraph | null = null;
  private placed = new Map<string, Placed>();
  private look: Look | null = null;
  private camera: Camera = { scale: 1, x: 0, y: 0 };
  private frame = 0;
  private running = false;

  constructor(
    private readonly base: HTMLCanvasElement,
    private readonly traffic: HTMLCanvasElement,
  ) {}

  set(graph: MeshGraph, placed: Map<string, Placed>, look: Look, camera: Camera, latencyOf: (edge: GraphEdge) => number | undefined): void {
    const isMoved = graph !== this.graph || placed !== this.placed;
    this.graph = graph;
    this.placed = placed;
    this.look = look;
    this.camera = camera;
    this.readColours();
    if (isMoved) {
      this.curves = curvesOf(graph, placed, (edge) => this.edgeColour(edge));
    } else {
      this.curves.forEach((curve) => (curve.colour = this.edgeColour(curve.edge)));
    }
    const lengths = new Map(this.curves.map((curve) => [curve.edge.id, curve.length]));
    this.motions = motions(graph.edges, (edge) => lengths.get(edge.id) ?? 100, latencyOf);
    this.draw();
  }

  show(look: Look, camera: Camera): void {
    this.look = look;
    this.camera = camera;
    this.draw();
  }

  /** Colours of the theme as the canvas needs them, read anew when it changes. */
  readColours(): void {
    const style = getComputedStyle(this.base);
    const probe = document.createElement('canvas').getContext('2d');
    for (const name of ['paper', 'surface', 'sunken', 'ink', 'ink-2', 'ink-3', 'line', 'line-strong', 'accent', 'accent-ink', 'error', 'graph-ok', 'graph-warn', 'graph-bad', 'graph-tcp', 'graph-idle', 'graph-find', 'graph-trace', 'graph-dot']) {
      const value = style.getPropertyValue(`--c-${name}`).trim();
      if (probe && value) {
        probe.fillStyle = value;
        this.colours[name] = String(probe.fillStyle);
      }
    }
  }

  animate(on: boolean): void {
    if (on === this.running) {
      return;
    }
    this.running = on;
    cancelAnimationFrame(this.frame);
    if (on) {
      const tick = (now: number) => {
        if (!this.running) {
          return;
        }
        const started = performance.now();
        this.drawTraffic(now);
        this.frameTimes.push(performance.now() - started);
        if (this.frameTimes.length > frameWindow) {
          this.frameTimes.shift();
        }
        this.frame = requestAnimationFrame(tick);
      };
      this.frame = requestAnimationFrame(tick);
    } else {
      this.clear(this.traffic);
    }
  }

  stop(): void {
    this.running = false;
    cancelAnimationFrame(this.frame);
  }

  /** The element at a point of the screen. */
  at(x: number, y: number): { node?: string; edge?: string } {
    const gx = (x - this.camera.x) / this.camera.scale;
    const gy = (y - this.camera.y) / this.camera.scale;
    const reach = Math.max(nodeRadius + 3, 9 / this.camera.scale);
    for (const node of this.graph?.nodes ?? []) {
      const place = this.placed.get(node.id);
      if (!place || this.isOpenBox(node)) {
        continue;
      }
      const { cx, cy } = centre(place);
      if (Math.hypot(gx - cx, gy - cy) <= reach || (gx >= place.x && gx <= place.x + place.width && gy >= cy && gy <= place.y + place.height)) {
        return { node: node.id };
      }
    }
    let nearest: { id: string; distance: number } | null = null;
    for (const curve of this.curves) {
      const limit = Math.max(5, 7 / this.camera.scale);
      for (let i = 0; i + 3 < curve.points.length; i += 2) {
        const distance = toSegment(gx, gy, curve.points[i], curve.points[i + 1], curve.points[i + 2], curve.points[i + 3]);
        if (distance < limit && (nearest === null || distance < nearest.distance)) {
          nearest = { id: curve.edge.id, distance };
        }
      }
    }
    if (nearest) {
      return { edge: nearest.id };
    }
    const boxes = (this.graph?.nodes ?? []).filter((node) => {
      const place = this.placed.get(node.id);
      return place && this.isOpenBox(node) && gx >= place.x && gx <= place.x + place.width && gy >= place.y && gy <= place.y + place.height;
    });
    boxes.sort((a, b) => (this.placed.get(a.id)?.width ?? 0) - (this.placed.get(b.id)?.width ?? 0));
    return boxes.length > 0 ? { node: boxes[0].id } : {};
  }

  /** Paints the graph as it is onto a canvas of its own, for a picture file. */
  picture(): HTMLCanvasElement {
    const copy = document.createElement('canvas');
    copy.width = this.base.width;
    copy.height = this.base.height;
    const ctx = copy.getContext('2d');
    if (ctx) {
      ctx.fillStyle = this.colours.paper;
      ctx.fillRect(0, 0, copy.width, copy.height);
      ctx.drawImage(this.base, 0, 0);
    }
    return copy;
  }

  private isOpenBox(node: GraphNode): boolean {
    return node.kind === 'box' && (this.graph?.nodes.some((other) => other.parent === node.id) ?? false);
  }

  private prepare(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const ctx = canvas.getContext('2d');
    if (ctx) {
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      ctx.clearRect(0, 0, width, height);
      ctx.setTransform(ratio * this.camera.scale, 0, 0, ratio * this.camera.scale, ratio * this.camera.x, ratio * this.camera.y);
    }
    return ctx;
  }

  private clear(canvas: HTMLCanvasElement): void {
    const ctx = canvas.getContext('2d');
    ctx?.setTransform(1, 0, 0, 1, 0, 0);
    ctx?.clearRect(0, 0, canvas.width, canvas.height);
  }

  private edgeColour(edge: GraphEdge): string {
    const c = this.colours;
    if (this.look?.compare && edge.change && edge.change !== 'same') {
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

  private isLit(id: string): boolean {
    return !this.look?.lit || this.look.lit.has(id);
  }

  private draw(): void {
    const ctx = this.prepare(this.base);
    const { graph, look } = this;
    if (!ctx || !graph || !look) {
      return;
    }
    const { scale } = this.camera;
    const c = this.colours;
    for (const node of graph.nodes) {
      if (this.isOpenBox(node)) {
        this.drawBox(ctx, node);
      }
    }
    for (const curve of this.curves) {
      const { edge } = curve;
      ctx.globalAlpha = this.isLit(edge.id) ? 1 : 0.1;
      const onTrace = look.trace?.get(edge.id);
      if (look.found.edges.has(edge.id)) {
        this.stroke(ctx, curve, c['graph-find'], 8);
      }
      if (onTrace) {
        this.stroke(ctx, curve, onTrace.error ? c['graph-bad'] : c['graph-trace'], look.traceNow === edge.id ? 9 : 6);
      }
      ctx.setLineDash(edge.change === 'gone' || edge.rates.rate <= 0 ? [5, 4] : []);
      this.stroke(ctx, curve, curve.colour, widthOf(edge) + (look.selected === edge.id ? 1.5 : 0));
      ctx.setLineDash([]);
      this.arrow(ctx, curve);
    }
    if (scale >= labelsFrom || look.lit) {
      for (const curve of this.curves) {
        ctx.globalAlpha = this.isLit(curve.edge.id) ? 1 : 0.1;
        this.drawEdgeLabel(ctx, curve);
      }
    }
    for (const node of graph.nodes) {
      if (!this.isOpenBox(node)) {
        ctx.globalAlpha = this.isLit(node.id) ? 1 : 0.1;
        this.drawNode(ctx, node);
      }
    }
    ctx.globalAlpha = 1;
  }

  private drawBox(ctx: CanvasRenderingContext2D, node: GraphNode): void {
    const place = this.placed.get(node.id);
    if (!place) {
      return;
    }
    const c = this.colours;
    ctx.globalAlpha = 1;
    ctx.beginPath();
    ctx.roundRect(place.x, place.y, place.width, place.height, 10);
    ctx.fillStyle = node.boxOf === 'app' ? c.surface : c.sunken;
    ctx.fill();
    ctx.strokeStyle = this.look?.selected === node.id ? c.accent : c['line-strong'];
    ctx.lineWidth = this.look?.selected === node.id ? 2 : 1;
    ctx.stroke();
    const size = Math.max(12, Math.min(22, 12 / this.camera.scale));
    ctx.font = `600 ${size}px ${fontOf(this.base)}`;
    ctx.fillStyle = c['ink-2'];
    ctx.textAlign = 'left';
    ctx.textBaseline = 'top';
    ctx.fillText(node.name, place.x + 12, place.y + 9);
  }

  private stroke(ctx: CanvasRenderingContext2D, curve: Curve, colour: string, width: number): void {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.beginPath();
    ctx.moveTo(curve.points[0], curve.points[1]);
    for (let i = 2; i < curve.points.length; i += 2) {
      ctx.lineTo(curve.points[i], curve.points[i + 1]);
    }
    ctx.stroke();
  }

  private arrow(ctx: CanvasRenderingContext2D, curve: Curve): void {
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

  private drawEdgeLabel(ctx: CanvasRenderingContext2D, curve: Curve): void {
    const { edge } = curve;
    const look = this.look as Look;
    const c = this.colours;
    const lines = [...(look.labels.get(edge.id) ?? [])];
    const step = look.trace?.get(edge.id)?.step;
    if (step) {
      lines.unshift(step);
    }
    if (look.compare && edge.change && edge.change !== 'same') {
      lines.push(look.labels.get(`change:${edge.change}`)?.[0] ?? edge.change);
    }
    // Off the middle, so that the labels of edges that cross in it do not lie on each other.
    const at = (Math.floor(steps * 0.42) + (curve.seed % 3)) * 2;
    const x = curve.points[at];
    let y = curve.points[at + 1];
    const locked = look.security && edge.mtls !== undefined && edge.rates.rate > 0;
    if (locked && edge.mtls) {
      const percent = edge.mtls.percent;
      ctx.fillStyle = c.paper;
      ctx.beginPath();
      ctx.arc(x, y, 9, 0, Math.PI * 2);
      ctx.fill();
      ctx.fillStyle = ctx.strokeStyle = percent >= 100 ? c['graph-ok'] : percent > 0 ? c['graph-warn'] : c['graph-bad'];
      drawLock(ctx, x, y - 1, percent);
      if (percent > 0 && percent < 100) {
        lines.unshift(`${Math.round(percent)} %`);
      }
      y += 15;
    }
    if (lines.length === 0) {
      return;
    }
    ctx.font = `500 10.5px ${fontOf(this.base)}`;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    lines.forEach((line, i) => {
      const width = ctx.measureText(line).width + 8;
      const top = y + i * 14;
      ctx.fillStyle = c.paper;
      ctx.beginPath();
      ctx.roundRect(x - width / 2, top - 7, width, 14, 4);
      ctx.fill();
      ctx.fillStyle = line.endsWith(' err') ? c.error : c['ink-2'];
      ctx.fillText(line, x, top + 0.5);
    });
  }

  private drawNode(ctx: CanvasRenderingContext2D, node: GraphNode): void {
    const place = this.placed.get(node.id);
    if (!place) {
      return;
    }
    const look = this.look as Look;
    const c = this.colours;
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
    this.drawMark(ctx, node, cx, cy, colour);
    if (this.camera.scale < namesFrom && !look.lit) {
      return;
    }
    const { first, second } = nodeLabel(node);
    ctx.textAlign = 'center';
    ctx.textBaseline = 'top';
    ctx.font = `600 11.5px ${fontOf(this.base)}`;
    const text = first.length > 28 ? `${first.slice(0, 27)}…` : first;
    const width = ctx.measureText(text).width;
    ctx.fillStyle = c.paper;
    ctx.globalAlpha *= 0.78;
    ctx.fillRect(cx - width / 2 - 2, cy + nodeRadius + 3, width + 4, second ? 27 : 14);
    ctx.globalAlpha = this.isLit(node.id) ? 1 : 0.1;
    ctx.fillStyle = c.ink;
    ctx.fillText(text, cx, cy + nodeRadius + 4);
    if (second) {
      ctx.font = `400 10.5px ${fontOf(this.base)}`;
      ctx.fillStyle = c['ink-3'];
      ctx.fillText(second, cx, cy + nodeRadius + 18);
    }
  }

  /** What a node is besides its shape, as one sign inside it; state never by colour alone. */
  private drawMark(ctx: CanvasRenderingContext2D, node: GraphNode, x: number, y: number, colour: string): void {
    const c = this.colours;
    const sign =
      node.health === 'Failure' ? '!' : node.health === 'Degraded' ? '~' : node.kind === 'unknown' ? '?' : node.flags.includes('gateway') ? '⇥' : node.kind === 'box' ? String((this.graph?.nodes ?? []).length > 0 ? '▤' : '') : '';
    ctx.textAlign = 'center';
    ctx.textBaseline = 'middle';
    if (sign) {
      ctx.font = `700 13px ${fontOf(this.base)}`;
      ctx.fillStyle = node.health === 'Failure' || node.health === 'Degraded' ? colour : c['ink-3'];
      ctx.fillText(sign, x, y + (node.kind === 'service' && node.role !== 'database' ? 4 : 1));
    }
    if (this.look?.sidecars && node.flags.includes('outOfMesh')) {
      badge(ctx, x + nodeRadius - 2, y + nodeRadius - 5, '⊘', c['graph-bad'], c.paper, this.base);
    }
    if (node.flags.includes('virtualService')) {
      badge(ctx, x - nodeRadius + 2, y + nodeRadius - 5, '⑂', c.accent, c.paper, this.base);
    }
    if (node.flags.includes('circuitBreaker')) {
      badge(ctx, x - nodeRadius + 2, y - nodeRadius + 5, '⚡', c['graph-warn'], c.paper, this.base);
    }
  }

  private drawTraffic(now: number): void {
    const ctx = this.prepare(this.traffic);
    if (!ctx) {
      return;
    }
    const { scale, x: ox, y: oy } = this.camera;
    const left = -ox / scale;
    const top = -oy / scale;
    const right = left + this.traffic.clientWidth / scale;
    const bottom = top + this.traffic.clientHeight / scale;
    const good = new Path2D();
    const bad = new Path2D();
    const bytes = new Path2D();
    const visible = this.curves.filter(({ points: p }) => {
      const n = p.length;
      return Math.max(p[0], p[n - 2]) >= left - 60 && Math.min(p[0], p[n - 2]) <= right + 60 && Math.max(p[1], p[n - 1]) >= top - 60 && Math.min(p[1], p[n - 1]) <= bottom + 60;
    });
    let wanted = 0;
    for (const curve of visible) {
      const motion = this.motions.get(curve.edge.id);
      if (motion && motion.delayMs !== Infinity) {
        wanted += Math.min(curve.length / 5, 1000 / motion.speed / motion.delayMs);
      }
    }
    const thin = Math.max(1, Math.ceil(wanted / dotLimit));
    const r = scale < 0.5 ? 3 / Math.max(scale, 0.2) / 2 : 3.4;
    for (const curve of visible) {
      const motion = this.motions.get(curve.edge.id);
      if (!motion || motion.delayMs === Infinity || !this.isLit(curve.edge.id)) {
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
    ctx.fillStyle = this.colours['graph-dot'];
    ctx.strokeStyle = this.colours['graph-ok'];
    ctx.fill(good);
    ctx.stroke(good);
    ctx.strokeStyle = this.colours['graph-bad'];
    ctx.fill(bad);
    ctx.stroke(bad);
    ctx.fillStyle = this.colours['graph-tcp'];
    ctx.fill(bytes);
  }
}

function centre(place: Placed): { cx: number; cy: number } {
  return { cx: place.x + place.width / 2, cy: place.y + nodeRadius + 2 };
}

function widthOf(edge: GraphEdge): number {
  return edge.protocol === 'tcp' ? 1.6 : 1.3 + Math.min(3, Math.log10(1 + edge.rates.rate) * 0.9);
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

function badge(ctx: CanvasRenderingContext2D, x: number, y: number, sign: string, colour: string, paper: string, canvas: HTMLElement): void {
  ctx.fillStyle = paper;
  ctx.beginPath();
  ctx.arc(x, y, 7, 0, Math.PI * 2);
  ctx.fill();
  ctx.font = `700 11px ${fontOf(canvas)}`;
  ctx.fillStyle = colour;
  ctx.fillText(sign, x, y + 0.5);
}

let font = '';

function fontOf(element: HTMLElement): string {
  font ||= getComputedStyle(element).fontFamily;
  return font;
}

/** Edges as curves from border to border; the two of a pair and the protocols of one bow away from each other. */
function curvesOf(graph: MeshGraph, placed: Map<string, Placed>, colourOf: (edge: GraphEdge) => string): Curve[] {
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
  const c1x = x1 + pull + nx;
  const c1y = y1 + ny + (pull === 0 ? dy * 0.3 : 0);
  const c2x = x2 - pull + nx;
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

function toSegment(px: number, py: number, ax: number, ay: number, bx: number, by: number): number {
  const dx = bx - ax;
  const dy = by - ay;
  const t = Math.max(0, Math.min(1, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}
