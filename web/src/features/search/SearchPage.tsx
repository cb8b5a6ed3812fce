import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { carriedParams, navigate, usePlace } from '../../app/location';
import { embedOf } from '../../app/embed';
import { usePreferences } from '../../app/preferences';
import { rememberQuery } from '../../app/recent';
import { useShortcuts } from '../../app/useShortcuts';
import type { TraceSummary } from '../../api/search';
import { isEmpty, serverStatus } from '../../api/status';
import { parseTraceReference, type TraceReference } from '../../model/ids';
import { isMetricsQuery } from '../../model/traceql';
import { readSearchView, searchTabs, writeSearchView, type SearchView } from '../../model/urlState';
import { Icon } from '../../ui/Icon';
import { WelcomePage } from '../welcome/WelcomePage';
import { Builder } from './Builder';
import { Columns } from './Columns';
import { EmptyResult } from './EmptyResult';
import { FailedResult } from './FailedResult';
import { LiveControls } from './LiveControls';
import { Preview } from './Preview';
import { QueryBar } from './QueryBar';
import { ResultList } from './ResultList';
import { ResultSummary } from './ResultSummary';
import { Skeleton } from './Skeleton';
import './search.css';
import { errorSelection, slowSelection } from './selections';
import { SaveMenu } from './SaveMenu';
import { SelectionBar } from './SelectionBar';
import { SpanList } from './SpanList';
import { Strip } from './Strip';
import { Tabs } from './Tabs';
import { useLive } from './useLive';
import { useSearch } from './useSearch';
import { useStrip } from './useStrip';

const welcomePollMs = 2000;

/** The start page: a question, and the traces that answer it. As long as the server holds nothing, the way to send it something. */
export function SearchPage() {
  const { params } = usePlace();
  const client = useQueryClient();
  const [waiting, setWaiting] = useState(false);
  const [arrived, setArrived] = useState(false);
  const status = useQuery({
    queryKey: ['status'],
    queryFn: ({ signal }) => serverStatus(signal),
    refetchInterval: waiting ? welcomePollMs : false,
    refetchIntervalInBackground: true,
  });
  const asked = params.has('q');
  const empty = status.data !== undefined && isEmpty(status.data) && !asked;
  useEffect(() => {
    if (empty) {
      setWaiting(true);
    } else if (waiting) {
      // The first span has just arrived. Nothing that was asked before holds.
      setWaiting(false);
      setArrived(true);
      void client.invalidateQueries({ queryKey: ['explore'] });
      void client.invalidateQueries({ queryKey: ['services'] });
    }
  }, [empty, waiting, client]);

  if (empty) {
    return <WelcomePage status={status.data} reachable={status.error === null} />;
  }
  // Before the server has said whether it holds anything neither page is shown: they look different.
  return status.data === undefined && status.error === null && !asked ? <div className="page-placeholder" /> : <Search arrived={arrived} />;
}

const ComparePanel = lazy(() => import('./ComparePanel').then((m) => ({ default: m.ComparePanel })));
const BreakdownPanel = lazy(() => import('./BreakdownPanel').then((m) => ({ default: m.BreakdownPanel })));
const ExceptionsPanel = lazy(() => import('./ExceptionsPanel').then((m) => ({ default: m.ExceptionsPanel })));
const StructurePanel = lazy(() => import('./StructurePanel').then((m) => ({ default: m.StructurePanel })));
const MetricsPanel = lazy(() => import('./MetricsPanel').then((m) => ({ default: m.MetricsPanel })));

function Search({ arrived }: { arrived: boolean }) {
  const { t } = usePreferences();
  const { params } = usePlace();
  const client = useQueryClient();
  const view = readSearchView(params);
  const named = useMemo(() => parseTraceReference(view.query), [view.query]);
  const metrics = isMetricsQuery(view.query);
  useEffect(() => {
    // A link may carry an id in the place of a query: /?q=abc123
    if (named !== null) {
      openTrace(named, params, 'replace');
    }
  }, [named, params]);
  const listed = !metrics && named === null;
  const { state } = useSearch(view, listed, false);
  const strip = useStrip(view.query, view.range, view.live, listed && state.kind !== 'failed');
  const live = useLive(view.live, state);
  const [preview, setPreview] = useState<TraceSummary | null>(null);
  const [previewing, setPreviewing] = useState(false);
  const refresh = () => void client.invalidateQueries({ queryKey: ['explore'] });
  const slow = slowSelection(strip.data);
  const { hides } = embedOf(params);
  const answered = (state.kind === 'ready' && !state.partial) || state.kind === 'empty';
  useEffect(() => {
    if (answered) {
      rememberQuery(view.query);
    }
  }, [answered, view.query]);
  useEffect(() => {
    document.title = t.search.title;
  }, [t]);

  const change = (next: Partial<SearchView>) => {
    const opened = next.query === undefined ? null : parseTraceReference(next.query);
    if (opened !== null) {
      openTrace(opened, params, 'push');
      return;
    }
    const written = writeSearchView({ ...view, ...next }, params);
    if (written.toString() === params.toString()) {
      refresh();
    } else {
      navigate('/', written);
    }
  };
  useShortcuts({
    KeyR: refresh,
    KeyP: () => (view.live ? live.togglePause() : setPreviewing(!previewing)),
    KeyL: () => change({ live: !view.live }),
    Escape: () => view.selection !== null && change({ selection: null }),
    ...Object.fromEntries(searchTabs.map((tab, index) => [`Digit${index + 1}`, () => change({ tab })])),
  });
  const shown = live.shown;
  const list = view.tab === 'traces' || view.tab === 'spans';
  return (
    <div className="search">
      <div className="search-ask" hidden={hides.has('header')}>
        <h1 className="visually-hidden">{t.search.heading}</h1>
        <QueryBar view={view} error={state.kind === 'failed' ? state.error : null} onChange={change} busy={state.kind === 'loading' || ('stale' in state && state.stale) || ('partial' in state && state.partial)} />
        <Builder view={view} onChange={change} />
      </div>
      <p className="visually-hidden" role="status">
        {arrived ? t.welcome.arrived : ''}
      </p>
      {metrics ? (
        <Suspense fallback={<Skeleton />}>
          <MetricsPanel view={view} />
        </Suspense>
      ) : state.kind === 'failed' ? (
        <section className="search-results" aria-label={t.search.results}>
          <FailedResult error={state.error} query={state.query} onRetry={refresh} onChange={change} />
        </section>
      ) : (
        <>
          {!hides.has('strip') && <Strip data={strip.data} stale={strip.stale} selection={view.selection} points={view.points ? (live.shown?.answer.traces ?? []) : null} onPoints={() => change({ points: !view.points })} onSelect={(selection) => change({ selection })} />}
          {view.selection !== null && <SelectionBar view={view} selection={view.selection} onChange={change} />}
          <Tabs tab={view.tab} onChange={(tab) => change({ tab })}>
            <SaveMenu query={view.query} />
            {view.tab === 'traces' && (
              <button type="button" className="icon-button" aria-pressed={previewing} aria-label={t.preview.label} title={t.preview.label} onClick={() => setPreviewing(!previewing)}>
                <Icon name="sidebar" />
              </button>
            )}
            {list && <Columns columns={view.columns} onChange={(columns) => change({ columns })} />}
            {list && <LiveControls on={view.live} live={live} onToggle={() => change({ live: !view.live })} />}
            {view.tab !== 'compare' && view.selection === null && (
              <>
                <button type="button" className="button" disabled={slow === null} onClick={() => change({ tab: 'compare', selection: slow })}>
                  <Icon name="compare" size={14} />
                  {t.compare.whySlow}
                </button>
                <button type="button" className="button" disabled={(strip.data?.histogram.totalErrors ?? 0) === 0} onClick={() => change({ tab: 'compare', selection: errorSelection })}>
                  <Icon name="error" size={14} />
                  {t.compare.whyErrors}
                </button>
              </>
            )}
          </Tabs>
          <section className="search-results" id="search-view" role="tabpanel" aria-labelledby={`tab-${view.tab}`}>
            <Suspense fallback={<Skeleton />}>
              {list && (
                <>
                  {shown === null && <Skeleton />}
                  {shown !== null && shown.answer.traces.length === 0 && <EmptyResult view={view} searched={shown} stale={'stale' in state && state.stale} onChange={change} />}
                  {shown !== null && shown.answer.traces.length > 0 && (
                    <>
                      <ResultSummary view={view} searched={shown} stale={'stale' in state && state.stale} partial={state.kind === 'ready' && state.partial} onChange={change} onRefresh={refresh} />
                      <div className={previewing ? 'result-body result-body-split' : 'result-body'}>
                        {view.tab === 'traces' ? (
                          <ResultList traces={shown.answer.traces} view={view} stale={'stale' in state && state.stale} onChange={change} onActive={setPreview} />
                        ) : (
                          <SpanList traces={shown.answer.traces} view={view} stale={'stale' in state && state.stale} onChange={change} />
                        )}
                        {previewing && view.tab === 'traces' && <Preview trace={preview ?? shown.answer.traces[0]} onClose={() => setPreviewing(false)} />}
                      </div>
                    </>
                  )}
                </>
              )}
              {view.tab === 'breakdown' && <BreakdownPanel view={view} onChange={change} />}
              {view.tab === 'compare' && <ComparePanel view={view} strip={strip.data} onChange={change} />}
              {view.tab === 'exceptions' && <ExceptionsPanel view={view} onChange={change} />}
              {view.tab === 'structure' && <StructurePanel view={view} traces={shown?.answer.traces ?? null} />}
            </Suspense>
          </section>
        </>
      )}
    </div>
  );
}

function openTrace({ traceId, spanId }: TraceReference, from: URLSearchParams, how: 'push' | 'replace'): void {
  const target = carriedParams(from);
  if (spanId !== undefined) {
    target.set('span', spanId);
  }
  navigate(`/trace/${traceId}`, target, how);
}
