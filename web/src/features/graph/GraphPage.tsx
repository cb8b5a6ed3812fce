import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { GraphEdge, GraphNode, MeshGraph } from '../../api/graph';
import { usePreferences } from '../../app/preferences';
import { formatMoment } from '../../model/format';
import { find } from '../../model/graph/find';
import { defaultGraphView, latencyLabels, type EdgeLabel } from '../../model/graph/graphView';
import { edgeText, timeText } from '../../model/graph/labels';
import { visibleGraph, within } from '../../model/graph/visible';
import { Popover } from '../../ui/Popover';
import { Doctor } from './Doctor';
import { edgesCsv, EdgeTable } from './EdgeTable';
import './graph.css';
import { GraphCanvas, type CanvasHandle } from './GraphCanvas';
import { NodeMenu } from './NodeMenu';
import { SidePanel } from './SidePanel';
import { FindHide, Toolbar } from './Toolbar';
import { download, useGraphPage, useReducedMotion } from './useGraphPage';
import { useLayout } from './useLayout';
import { useTraceOverlay } from './useTraceOverlay';

/** Above this many nodes the namespaces start folded: two hundred circles tell less than ten boxes. */
const foldFrom = 60;
const nothing: ReadonlySet<string> = new Set();
const compareWith = ['10m', '1h', '6h', '1d', '7d'];
const replayStep = 10;
const replayFrameMs = 3000;

export function GraphPage() {
  const { t, zone } = usePreferences();
  const { view, update, request, answer, graph } = useGraphPage();
  const reducedMotion = useReducedMotion();
  const canvas = useRef<CanvasHandle | null>(null);
  const [doctor, setDoctor] = useState(false);
  const [playing, setPlaying] = useState(false);
  const [menu, setMenu] = useState<{ id: string; at: { x: number; y: number } } | null>(null);
  useEffect(() => {
    document.title = t.graph.title;
  }, [t]);

  const found = useMemo(() => (graph ? find(view.find, graph) : null), [graph, view.find]);
  const hidden = useMemo(() => (graph ? find(view.hide, graph) : null), [graph, view.hide]);
  // What an operand needs is switched on with it.
  useEffect(() => {
    const needs = [found, hidden].flatMap((result) => (result?.ok ? result.needs : []));
    const change: Partial<typeof view> = {};
    if (needs.includes('p95') && !view.edges.some((label) => latencyLabels.some((one) => one === label))) {
      change.edges = [...view.edges, 'p95'];
    }
    for (const need of ['security', 'idle', 'operations', 'sidecars'] as const) {
      if (needs.includes(need) && !view[need]) {
        change[need] = true;
      }
    }
    if (Object.keys(change).length > 0) {
      update(change, 'replace');
    }
  }, [found, hidden]);

  const namespaceBoxes = useMemo(() => (graph?.nodes ?? []).filter((node) => node.kind === 'box' && node.boxOf === 'namespace'), [graph]);
  const isLarge = (graph?.nodes.filter((node) => node.kind !== 'box').length ?? 0) > foldFrom;
  const collapsed = useMemo<ReadonlySet<string>>(() => {
    if (view.collapsed.includes('none')) {
      return new Set(view.collapsed);
    }
    // Who chose some namespaces wants to see into them.
    return view.collapsed.length > 0 ? new Set(view.collapsed) : isLarge && namespaceBoxes.length > 1 ? new Set(namespaceBoxes.filter((box) => !view.namespaces.includes(box.name)).map((box) => box.id)) : nothing;
  }, [view.collapsed, view.namespaces, isLarge, namespaceBoxes]);
  const fold = (id: string) => {
    const next = new Set(collapsed);
    next.delete('none');
    if (next.has(id)) {
      next.delete(id);
    } else {
      next.add(id);
    }
    update({ collapsed: next.size === 0 ? ['none'] : [...next], selected: '' });
  };

  const drawn = useMemo(() => {
    if (!graph) {
      return undefined;
    }
    let hiddenNodes: ReadonlySet<string> = hidden?.ok ? hidden.found.nodes : nothing;
    const focused = view.hops > 0 ? focusId(graph, view.focus) : undefined;
    if (focused !== undefined) {
      const near = within(graph, focused, view.hops);
      hiddenNodes = new Set([...hiddenNodes, ...graph.nodes.filter((node) => node.kind !== 'box' && !near.has(node.id)).map((node) => node.id)]);
    }
    return visibleGraph(graph, collapsed, { nodes: hiddenNodes, edges: hidden?.ok ? hidden.found.edges : nothing });
  }, [graph, collapsed, hidden, view.focus, view.hops]);
  const memory = [view.graphType, view.services ? 's' : '', view.namespaces.join('+')].join('.');
  const { placed, move, reset } = useLayout(drawn, memory);
  const overlay = useTraceOverlay(view.traceId, drawn, request, reducedMotion);

  const latencyLabel = latencyLabels.find((label) => view.edges.includes(label)) ?? 'p95';
  const latencyOf = useMemo(() => (edge: GraphEdge) => edge.latency?.[latencyLabel], [latencyLabel]);
  const look = useMemo(() => {
    const labels = new Map<string, string[]>();
    for (const edge of drawn?.edges ?? []) {
      labels.set(edge.id, edgeText(edge, view.edges as EdgeLabel[]));
    }
    for (const change of ['new', 'gone', 'slower', 'faster', 'failing', 'recovered'] as const) {
      labels.set(`change:${change}`, [t.graph[`change_${change}`]]);
    }
    return {
      labels,
      security: view.security,
      sidecars: view.sidecars,
      found: found?.ok ? found.found : { nodes: nothing, edges: nothing },
      selected: view.selected,
      compare: view.compare !== '',
      trace: overlay?.marks ?? null,
      traceNow: overlay?.steps[overlay.now]?.edge ?? '',
    };
  }, [drawn, view.edges, view.security, view.sidecars, view.selected, view.compare, found, overlay, t]);

  // Replay: the clock goes on by itself until it is now.
  useEffect(() => {
    if (!playing || view.at === 0) {
      return;
    }
    const timer = setTimeout(() => {
      const next = view.at + replayStep;
      if (next >= Date.now() / 1000) {
        setPlaying(false);
        update({ at: 0 }, 'replace');
      } else {
        update({ at: next }, 'replace');
      }
    }, replayFrameMs);
    return () => clearTimeout(timer);
  }, [playing, view.at]);

  const closeMenu = useCallback(() => {
    setMenu(null);
    document.querySelector<HTMLElement>('.graph-canvas')?.focus();
  }, []);
  const select = (id: string) => update({ selected: id }, 'replace');
  const open = (id: string) => {
    const node = graph?.nodes.find((one) => one.id === id);
    if (node?.kind === 'box') {
      fold(id);
    } else if (node) {
      focus(node);
    } else {
      select(id);
    }
  };
  const focus = (node: GraphNode) => {
    const name = node.kind === 'service' ? node.service : node.kind === 'app' ? node.app : node.workload;
    if (name && node.namespace !== 'unknown') {
      update({ focus: `${node.kind === 'service' ? 'service' : node.kind === 'app' ? 'app' : 'workload'}:${node.namespace}/${name}`, hops: 1, selected: node.id });
    }
  };
  const savePng = () => canvas.current?.picture()?.toBlob((blob) => blob && download('graph.png', blob));
  const isEmpty = drawn !== undefined && drawn.nodes.filter((node) => node.kind !== 'box' || collapsed.has(node.id)).length === 0;
  const animate = view.animation && !reducedMotion && !view.table;
  return (
    <div className="graph-page">
      <h1 className="visually-hidden">{t.graph.heading}</h1>
      <Toolbar view={view} update={update} refresh={() => void answer.refetch()} fetching={answer.isFetching} reducedMotion={reducedMotion} limits={graph?.durations} />
      <div className="graph-subbar">
        <FindHide view={view} update={update} errors={{ find: found && !found.ok ? found.error : null, hide: hidden && !hidden.ok ? hidden.error : null }} />
        <div className="segmented" role="group" aria-label={t.graph.view}>
          <button type="button" aria-pressed={!view.table} onClick={() => update({ table: false })}>
            {t.graph.asGraph}
          </button>
          <button type="button" aria-pressed={view.table} onClick={() => update({ table: true })}>
            {t.graph.asTable}
          </button>
        </div>
        <label className="graph-choice">
          <span>{t.graph.compare}</span>
          <select className="field" value={view.compare} onChange={(event) => update({ compare: event.target.value })}>
            <option value="">{t.graph.compareOff}</option>
            {compareWith.map((ago) => (
              <option key={ago} value={ago}>
                {t.graph.compareWith(ago)}
              </option>
            ))}
          </select>
        </label>
        <button type="button" className="text-button" aria-pressed={view.at > 0} onClick={() => update({ at: view.at > 0 ? 0 : Math.floor(Date.now() / 1000) - 300 })}>
          {view.at > 0 ? t.graph.replayStop : t.graph.replay}
        </button>
        <div className="graph-menu">
          <button type="button" className="text-button" aria-expanded={doctor} onClick={() => setDoctor(!doctor)}>
            {t.graph.doctor}
          </button>
          <Popover open={doctor} onClose={() => setDoctor(false)} label={t.graph.doctorTitle} align="end">
            <div className="graph-popover graph-doctor-popover">
              <Doctor request={request} />
            </div>
          </Popover>
        </div>
        <button type="button" className="text-button" onClick={() => update({ ...defaultGraphView, namespaces: view.namespaces })}>
          {t.graph.reset}
        </button>
      </div>
      {view.at > 0 && (
        <div className="graph-replay">
          <button type="button" className="text-button" onClick={() => setPlaying(!playing)}>
            {playing ? t.graph.replayPause : t.graph.replayPlay}
          </button>
          <input
            type="range"
            aria-label={t.graph.replayAt}
            aria-valuetext={formatMoment(view.at * 1000, zone)}
            min={Math.floor(Date.now() / 1000) - 3600}
            max={Math.floor(Date.now() / 1000)}
            step={replayStep}
            value={view.at}
            onChange={(event) => update({ at: Number(event.target.value) }, 'replace')}
          />
          <span className="num">{formatMoment(view.at * 1000, zone)}</span>
        </div>
      )}
      {(view.focus !== '' || view.traceId !== '') && (
        <div className="graph-crumbs" role="status">
          {view.focus !== '' && (
            <>
              <span translate="no">{view.focus}</span>
              <label className="graph-choice">
                <span>{t.graph.hops}</span>
                <select className="field" value={view.hops} onChange={(event) => update({ hops: Number(event.target.value) })}>
                  {[1, 2, 3, 4, 5].map((hops) => (
                    <option key={hops}>{hops}</option>
                  ))}
                </select>
              </label>
              <button type="button" className="text-button" onClick={() => update({ focus: '', hops: 0 })}>
                {t.graph.unfocus}
              </button>
            </>
          )}
          {view.traceId !== '' && (
            <>
              <span>
                {t.graph.tracePlaying} <span className="mono">{view.traceId.slice(0, 8)}</span>
              </span>
              {overlay && overlay.steps.length > 0 && (
                <span className="num">
                  {t.graph.traceStep(String(overlay.now + 1), String(overlay.steps.length))} · {timeText(overlay.steps[overlay.now].durationMs)}
                </span>
              )}
              <button type="button" className="text-button" onClick={() => update({ traceId: '' })}>
                {t.graph.traceStop}
              </button>
            </>
          )}
        </div>
      )}
      <div className="graph-body">
        <div className="graph-stage">
          {answer.isError && (
            <div className="notice" role="alert">
              <h2>{t.graph.failed}</h2>
              <p className="notice-message">{answer.error.message}</p>
              <button type="button" className="button button-primary" onClick={() => void answer.refetch()}>
                {t.common.retry}
              </button>
            </div>
          )}
          {!graph && !answer.isError && <p className="graph-loading">{t.graph.loading}</p>}
          {isEmpty && !answer.isError && (
            <div className="notice graph-empty">
              <h2>{t.graph.empty}</h2>
              <p>{t.graph.emptyText}</p>
              <Doctor request={request} />
              {!view.idle && (
                <button type="button" className="button" onClick={() => update({ idle: true })}>
                  {t.graph.showIdle}
                </button>
              )}
            </div>
          )}
          {drawn && !isEmpty && !answer.isError && (view.table ? <EdgeTable graph={drawn} selected={view.selected} onSelect={select} /> : (
            <>
              <GraphCanvas graph={drawn} placed={placed} look={look} animate={animate} handle={canvas} latencyOf={latencyOf} onSelect={select} onOpen={open} onMove={move} onBack={() => update({ focus: '', hops: 0, traceId: '' })} onMenu={(id, at) => setMenu({ id, at })} />
              {menu && (
                <NodeMenu
                  node={drawn.nodes.find((one) => one.id === menu.id)}
                  edge={drawn.edges.find((one) => one.id === menu.id)}
                  at={menu.at}
                  collapsed={collapsed.has(menu.id)}
                  onClose={closeMenu}
                  onFocus={focus}
                  onFold={fold}
                  onHide={(expression) => update({ hide: view.hide === '' ? expression : `${view.hide} OR ${expression}` })}
                  onSelect={select}
                />
              )}
              <div className="graph-tools" role="toolbar" aria-label={t.graph.view}>
                <Tool label={t.graph.zoomIn} text="+" onClick={() => canvas.current?.zoom(1.25)} />
                <Tool label={t.graph.zoomOut} text="−" onClick={() => canvas.current?.zoom(0.8)} />
                <Tool label={t.graph.fit} text="⤢" onClick={() => canvas.current?.fit()} />
                {namespaceBoxes.length > 0 && (
                  <Tool
                    label={collapsed.size > 0 && !collapsed.has('none') ? t.graph.unfoldBoxes : t.graph.foldBoxes}
                   
                    text={collapsed.size > 0 && !collapsed.has('none') ? '▦' : '▢'}
                    onClick={() => update({ collapsed: collapsed.size > 0 && !collapsed.has('none') ? ['none'] : namespaceBoxes.map((box) => box.id), selected: '' })}
                  />
                )}
                <Tool label={t.graph.resetPlaces} text="↺" onClick={reset} />
                <Tool label={t.graph.savePng} text="PNG" onClick={savePng} />
                <Tool label={t.graph.saveCsv} text="CSV" onClick={() => download('graph.csv', new Blob([edgesCsv(drawn)], { type: 'text/csv' }))} />
              </div>
            </>
          ))}
        </div>
        {drawn && !isEmpty && (
          <SidePanel graph={drawn} selected={view.selected} request={request} collapsed={collapsed} onSelect={select} onFocus={focus} onTrace={(traceId) => update({ traceId })} onFold={fold} />
        )}
      </div>
    </div>
  );
}

function Tool({ label, text, onClick }: { label: string; text: string; onClick(): void }) {
  return (
    <button type="button" className="graph-tool" aria-label={label} title={label} onClick={onClick}>
      {text}
    </button>
  );
}

function focusId(graph: MeshGraph, focus: string): string | undefined {
  const match = /^(\w+):([^/]*)\/(.*)$/.exec(focus);
  if (!match) {
    return undefined;
  }
  const [, kind, ns, name] = match;
  return graph.nodes.find((node) => node.namespace === ns && node.kind !== 'box' && (kind === 'service' ? node.service : kind === 'app' ? node.app : node.workload) === name)?.id;
}
