import type { GraphEdge, GraphNode, MeshGraph } from '../../api/graph';
import { motions, type EdgeMotion } from '../../model/graph/animation';
import type { Placed } from '../../model/graph/layout';
import { isLit, type Brush, type Camera, type Look } from './brush';
import { coloursOf, type Colours } from './colours';
import { centre, curvesOf, toSegment, type Curve } from './curves';
import { drawDots } from './dots';
import { drawEdge, drawEdgeLabel, edgeColour } from './drawEdge';
import { drawBox, drawNode, reserveNode } from './drawNode';
import { Occupied } from './occupied';
import { nodeRadius } from './shapes';

/** Order of names where there is no room for all. */
function weightOf(node: GraphNode, look: Look): number {
  const health = { Failure: 3, Degraded: 2, 'Not Ready': 2, Healthy: 1, NA: 0 }[node.health];
  const rate = node.traffic.reduce((sum, one) => sum + (one.protocol === 'tcp' ? 0 : one.in.rate + one.out.rate), 0);
  return (look.selected === node.id || look.lit?.has(node.id) ? 100 : 0) + (look.found.nodes.has(node.id) ? 50 : 0) + health * 10 + Math.min(9, Math.log10(1 + rate) * 3);
}

const labelsFrom = 0.33;
const frameWindow = 600;

/** Draws the graph on one canvas and the traffic on another above it, which alone is redrawn in every frame. */
export class Painter {
  readonly frameTimes: number[] = [];
  motions = new Map<string, EdgeMotion>();
  private curves: Curve[] = [];
  private colours: Colours = {};
  private graph: MeshGraph | null = null;
  private placed = new Map<string, Placed>();
  private look: Look | null = null;
  private camera: Camera = { scale: 1, x: 0, y: 0 };
  private openBoxes: ReadonlySet<string> = new Set();
  private font = '';
  private frame = 0;
  private running = false;

  constructor(
    private readonly base: HTMLCanvasElement,
    private readonly traffic: HTMLCanvasElement,
  ) {}

  set(graph: MeshGraph, placed: Map<string, Placed>, look: Look, camera: Camera, latencyOf: (edge: GraphEdge) => number | undefined): void {
    const isMoved = graph !== this.graph || placed !== this.placed;
    this.graph = graph;
    this.openBoxes = new Set(graph.nodes.flatMap((node) => node.parent ?? []));
    this.placed = placed;
    this.look = look;
    this.camera = camera;
    this.readColours();
    if (isMoved) {
      this.curves = curvesOf(graph, placed, (edge) => edgeColour(edge, this.colours, look.compare));
    } else {
      this.curves.forEach((curve) => (curve.colour = edgeColour(curve.edge, this.colours, look.compare)));
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
    this.colours = coloursOf(this.base);
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
    return this.openBoxes.has(node.id);
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

  private draw(): void {
    const ctx = this.prepare(this.base);
    const { graph, look } = this;
    if (!ctx || !graph || !look) {
      return;
    }
    const { scale } = this.camera;
    const brush: Brush = {
      ctx,
      colours: this.colours,
      look,
      scale,
      font: (this.font ||= getComputedStyle(this.base).fontFamily),
      placed: this.placed,
      occupied: new Occupied(),
      named: new Set(),
      isOpenBox: (node) => this.openBoxes.has(node.id),
    };
    const [boxes, nodes] = [graph.nodes.filter(brush.isOpenBox), graph.nodes.filter((node) => !brush.isOpenBox(node))];
    boxes.forEach((node) => drawBox(brush, node));
    this.curves.forEach((curve) => drawEdge(brush, curve));
    // Where there is no room for all names, those of what is looked at, what fails, and what has most to do come first; labels of edges give way.
    nodes.sort((a, b) => weightOf(b, look) - weightOf(a, look));
    nodes.forEach((node) => reserveNode(brush, node));
    if (scale >= labelsFrom || look.lit) {
      // What is looked at is written first: where there is no room for all, the others give way.
      const [first, others] = look.lit ? [this.curves.filter((curve) => isLit(look, curve.edge.id)), scale >= labelsFrom ? this.curves.filter((curve) => !isLit(look, curve.edge.id)) : []] : [this.curves, []];
      [...first, ...others].forEach((curve) => drawEdgeLabel(brush, curve));
    }
    nodes.forEach((node) => drawNode(brush, node));
    ctx.globalAlpha = 1;
  }

  private drawTraffic(now: number): void {
    const ctx = this.prepare(this.traffic);
    if (!ctx) {
      return;
    }
    drawDots(ctx, now, this.curves, this.motions, this.look, this.camera, this.colours);
  }
}
