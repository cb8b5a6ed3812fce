import { useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type RefObject } from 'react';
import { usePreferences } from '../../app/preferences';
import type { GraphEdge, MeshGraph } from '../../api/graph';
import type { Placed } from '../../model/graph/layout';
import { closure } from '../../model/graph/visible';
import type { Camera, Look } from './brush';
import { Painter } from './painter';

export interface CanvasHandle {
  fit(): void;
  zoom(by: number): void;
  picture(): HTMLCanvasElement | undefined;
}

interface Props {
  graph: MeshGraph;
  placed: Map<string, Placed>;
  look: Omit<Look, 'lit'>;
  animate: boolean;
  handle: RefObject<CanvasHandle | null>;
  latencyOf(edge: GraphEdge): number | undefined;
  onSelect(id: string): void;
  onOpen(id: string): void;
  onBack(): void;
  onMove(id: string, x: number, y: number): void;
  /** The menu of an element is asked for, at a point of the canvas. */
  onMenu?(id: string, at: { x: number; y: number }): void;
}

const unfitted: Camera = { scale: 1, x: 0, y: 0 };
const leastScale = 0.08;
const mostScale = 3;

/** What browser tests and curious people read: the elements as they are drawn, and how they move. */
declare global {
  interface Window {
    clewGraph?: unknown;
  }
}

export function GraphCanvas({ graph, placed, look, animate, handle, latencyOf, onSelect, onOpen, onBack, onMove, onMenu }: Props) {
  const { t, theme } = usePreferences();
  const frame = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const traffic = useRef<HTMLCanvasElement>(null);
  const painter = useRef<Painter | null>(null);
  const [camera, setCamera] = useState<Camera>(unfitted);
  const [hovered, setHovered] = useState('');
  const [size, setSize] = useState({ width: 0, height: 0 });
  const drag = useRef<{ x: number; y: number; camera: Camera; node: string; from: Placed | undefined; moved: boolean } | null>(null);
  const fitted = useRef<string>('');
  const paintedAt = useRef(0);
  const lastClick = useRef({ id: '', at: 0 });

  const lit = useMemo(() => {
    const id = hovered || look.selected;
    return id !== '' && (graph.nodes.some((n) => n.id === id) || graph.edges.some((e) => e.id === id)) ? closure(graph, id) : null;
  }, [graph, hovered, look.selected]);
  const full = useMemo<Look>(() => ({ ...look, lit: hovered === '' && look.trace ? null : lit }), [look, lit, hovered]);

  useLayoutEffect(() => {
    if (base.current && traffic.current) {
      painter.current = new Painter(base.current, traffic.current);
    }
    return () => painter.current?.stop();
  }, []);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) {
      return;
    }
    const observer = new ResizeObserver(() => setSize({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const fit = () => {
    const places = [...placed.values()];
    const element = frame.current;
    if (places.length === 0 || !element || element.clientWidth === 0) {
      return;
    }
    const left = Math.min(...places.map((p) => p.x));
    const top = Math.min(...places.map((p) => p.y));
    const right = Math.max(...places.map((p) => p.x + p.width));
    const bottom = Math.max(...places.map((p) => p.y + p.height));
    const scale = Math.max(leastScale, Math.min(1.25, (element.clientWidth - 60) / (right - left), (element.clientHeight - 80) / (bottom - top)));
    setCamera({ scale, x: (element.clientWidth - (right - left) * scale) / 2 - left * scale, y: (element.clientHeight - (bottom - top) * scale) / 2 - top * scale });
  };
  const zoom = (by: number, at?: { x: number; y: number }) =>
    setCamera((now) => {
      const scale = Math.max(leastScale, Math.min(mostScale, now.scale * by));
      const x = at?.x ?? size.width / 2;
      const y = at?.y ?? size.height / 2;
      return { scale, x: x - ((x - now.x) / now.scale) * scale, y: y - ((y - now.y) / now.scale) * scale };
    });
  handle.current = { fit, zoom, picture: () => painter.current?.picture() };

  // A graph is fitted once when its nodes come or go, not at every refresh: the reader may have gone closer.
  useEffect(() => {
    const shape = [...placed.keys()].sort().join();
    if (shape !== '' && shape !== fitted.current && size.width > 0) {
      fitted.current = shape;
      fit();
    }
  }, [placed, size]);

  useEffect(() => {
    const draw = () => painter.current?.set(graph, placed, full, camera, latencyOf);
    draw();
    if (camera !== unfitted && paintedAt.current === 0) {
      paintedAt.current = performance.now();
    }
    window.clewGraph = {
      nodes: graph.nodes.map((node) => ({ ...node, place: placed.get(node.id) })),
      edges: graph.edges,
      labels: Object.fromEntries(graph.edges.map((edge) => [edge.id, full.labels.get(edge.id) ?? []])),
      camera,
      motions: Object.fromEntries([...(painter.current?.motions ?? [])].map(([id, motion]) => [id, { ...motion, dotsPerSecond: motion.delayMs === Infinity ? 0 : 1000 / motion.delayMs }])),
      animating: animate,
      paintedAtMs: paintedAt.current,
      frameTimes: () => [...(painter.current?.frameTimes ?? [])],
      trace: full.trace ? [...full.trace.keys()] : [],
      lit: full.lit ? [...full.lit] : null,
    };
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    return () => dark.removeEventListener('change', draw);
  }, [graph, placed, full, camera, size, theme, animate, latencyOf]);

  useEffect(() => {
    const run = () => painter.current?.animate(animate && !document.hidden);
    run();
    document.addEventListener('visibilitychange', run);
    return () => document.removeEventListener('visibilitychange', run);
  }, [animate]);

  useEffect(() => {
    const element = frame.current;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = (element as HTMLElement).getBoundingClientRect();
      zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 0.05 : 0.0015)), { x: event.clientX - box.left, y: event.clientY - box.top });
    };
    element?.addEventListener('wheel', onWheel, { passive: false });
    return () => element?.removeEventListener('wheel', onWheel);
  });

  const point = (event: PointerEvent) => {
    const box = (frame.current as HTMLElement).getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) {
      return;
    }
    const at = point(event);
    const hit = painter.current?.at(at.x, at.y) ?? {};
    const node = hit.node !== undefined && graph.nodes.find((one) => one.id === hit.node)?.kind !== 'box' ? hit.node : '';
    drag.current = { ...at, camera, node, from: placed.get(node), moved: false };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const at = point(event);
    const held = drag.current;
    if (!held) {
      const hit = painter.current?.at(at.x, at.y) ?? {};
      const box = graph.nodes.find((one) => one.id === hit.node)?.kind === 'box';
      setHovered(box ? '' : (hit.node ?? hit.edge ?? ''));
      return;
    }
    const dx = at.x - held.x;
    const dy = at.y - held.y;
    if (!held.moved && Math.hypot(dx, dy) < 4) {
      return;
    }
    held.moved = true;
    if (held.node !== '' && held.from) {
      onMove(held.node, held.from.x + dx / camera.scale, held.from.y + dy / camera.scale);
    } else {
      setCamera({ ...held.camera, x: held.camera.x + dx, y: held.camera.y + dy });
    }
  };
  const onPointerUp = (event: PointerEvent<HTMLDivElement>) => {
    const held = drag.current;
    drag.current = null;
    if (!held || held.moved) {
      return;
    }
    const at = point(event);
    const hit = painter.current?.at(at.x, at.y) ?? {};
    const id = hit.node ?? hit.edge ?? '';
    const now = performance.now();
    if (id !== '' && id === lastClick.current.id && now - lastClick.current.at < 400) {
      lastClick.current = { id: '', at: 0 };
      onOpen(id);
      return;
    }
    lastClick.current = { id, at: now };
    onSelect(id);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const selected = graph.nodes.find((node) => node.id === look.selected);
    const go = (id: string | undefined) => {
      if (id !== undefined) {
        event.preventDefault();
        onSelect(id);
      }
    };
    const drawn = graph.nodes.filter((node) => node.kind !== 'box' && placed.has(node.id));
    switch (event.key) {
      case 'ArrowLeft':
      case 'ArrowRight':
      case 'ArrowUp':
      case 'ArrowDown': {
        if (!selected) {
          go(drawn[0]?.id);
          return;
        }
        const here = placed.get(selected.id);
        const horizontal = event.key === 'ArrowLeft' || event.key === 'ArrowRight';
        const sign = event.key === 'ArrowRight' || event.key === 'ArrowDown' ? 1 : -1;
        const candidates = drawn.flatMap((node) => {
          const there = placed.get(node.id);
          if (!here || !there || node.id === selected.id) {
            return [];
          }
          const along = ((horizontal ? there.x - here.x : there.y - here.y) as number) * sign;
          const across = Math.abs(horizontal ? there.y - here.y : there.x - here.x);
          return along > 4 ? [{ id: node.id, cost: along + across * 2 }] : [];
        });
        candidates.sort((a, b) => a.cost - b.cost);
        go(candidates[0]?.id);
        event.preventDefault();
        return;
      }
      case 'ContextMenu':
      case 'F10': {
        const place = selected && placed.get(selected.id);
        if (place && (event.key === 'ContextMenu' || event.shiftKey)) {
          event.preventDefault();
          onMenu?.(selected.id, { x: (place.x + place.width / 2) * camera.scale + camera.x, y: (place.y + place.height / 2) * camera.scale + camera.y });
        }
        return;
      }
      case 'Enter':
        if (selected) {
          event.preventDefault();
          onOpen(selected.id);
        }
        return;
      case 'Escape':
        event.preventDefault();
        if (look.selected !== '') {
          onSelect('');
        } else {
          onBack();
        }
        return;
      case '+':
      case '=':
        zoom(1.25);
        return;
      case '-':
        zoom(0.8);
        return;
    }
  };
  const spoken = graph.nodes.find((node) => node.id === look.selected)?.name ?? '';
  return (
    <div
      ref={frame}
      className={`graph-canvas${hovered === '' ? '' : ' graph-canvas-hit'}`}
      role="application"
      aria-label={t.graph.canvas}
      tabIndex={0}
      data-list-keys
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerLeave={() => setHovered('')}
      onKeyDown={onKeyDown}
      onContextMenu={(event) => {
        const box = (frame.current as HTMLElement).getBoundingClientRect();
        const at = { x: event.clientX - box.left, y: event.clientY - box.top };
        const hit = painter.current?.at(at.x, at.y) ?? {};
        const id = hit.node ?? hit.edge;
        if (id !== undefined && onMenu) {
          event.preventDefault();
          onMenu(id, at);
        }
      }}
    >
      <canvas ref={base} aria-hidden="true" />
      <canvas ref={traffic} aria-hidden="true" data-animating={animate} />
      <span className="visually-hidden" aria-live="polite">
        {spoken}
      </span>
    </div>
  );
}
