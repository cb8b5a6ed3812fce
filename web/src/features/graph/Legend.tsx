import { useEffect, useRef } from 'react';
import { usePreferences } from '../../app/preferences';
import { coloursOf, type Colours } from './colours';
import { drawLock, tracePath } from './shapes';

type Draw = (ctx: CanvasRenderingContext2D, colours: Colours) => void;

const side = 22;
const middle = side / 2;

const shape = (kind: string, role = ''): Draw => (ctx, colours) => {
  tracePath(ctx, kind, role, middle, middle, 8);
  ctx.strokeStyle = colours['ink-2'];
  ctx.lineWidth = 1.8;
  ctx.stroke();
};
const line = (name: string, dash: number[] = []): Draw => (ctx, colours) => {
  ctx.setLineDash(dash);
  ctx.moveTo(2, middle);
  ctx.lineTo(side - 2, middle);
  ctx.strokeStyle = colours[name];
  ctx.lineWidth = 2.5;
  ctx.stroke();
};
const dot = (isError: boolean): Draw => (ctx, colours) => {
  line(isError ? 'graph-bad' : 'graph-ok')(ctx, colours);
  ctx.beginPath();
  if (isError) {
    for (const [x, y] of [[0, -5], [5, 0], [0, 5], [-5, 0]]) {
      ctx.lineTo(middle + x, middle + y);
    }
    ctx.closePath();
  } else {
    ctx.arc(middle, middle, 3.6, 0, Math.PI * 2);
  }
  ctx.fillStyle = colours['graph-dot'];
  ctx.fill();
  ctx.lineWidth = 1.4;
  ctx.stroke();
};
const lock = (percent: number): Draw => (ctx, colours) => {
  ctx.strokeStyle = ctx.fillStyle = colours[percent >= 100 ? 'graph-ok' : percent > 0 ? 'graph-warn' : 'graph-bad'];
  drawLock(ctx, middle, middle, percent);
};

/** What shapes, colours, dots and locks mean, drawn by what draws the graph. */
export function Legend() {
  const { t } = usePreferences();
  const g = t.graph;
  const signs: [string, Draw][] = [
    [g.kind_workload, shape('workload')],
    [g.kind_app, shape('app')],
    [g.kind_service, shape('service')],
    [g.kind_aggregate, shape('aggregate')],
    [g.role_database, shape('service', 'database')],
    [g.health_Healthy, line('graph-ok')],
    [g.health_Degraded, line('graph-warn')],
    [g.health_Failure, line('graph-bad')],
    ['TCP', line('graph-tcp')],
    [g.legendIdle, line('graph-idle', [5, 4])],
    [g.legendDot, dot(false)],
    [g.legendFailedDot, dot(true)],
    [g.mtlsAll, lock(100)],
    [g.mtlsPart('50 %'), lock(50)],
    [g.mtlsNone, lock(0)],
  ];
  return (
    <details className="graph-legend" open>
      <summary>{g.legend}</summary>
      <ul>
        {signs.map(([text, draw]) => (
          <li key={text}>
            <Sign draw={draw} />
            {text}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Sign({ draw }: { draw: Draw }) {
  const { theme } = usePreferences();
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef(draw);
  drawn.current = draw;
  useEffect(() => {
    const paint = () => {
      const element = canvas.current;
      const ctx = element?.getContext('2d');
      if (element && ctx) {
        const ratio = window.devicePixelRatio;
        element.width = element.height = side * ratio;
        ctx.scale(ratio, ratio);
        drawn.current(ctx, coloursOf(element));
      }
    };
    paint();
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', paint);
    return () => dark.removeEventListener('change', paint);
  }, [theme]);
  return <canvas ref={canvas} width={side} height={side} aria-hidden="true" />;
}
