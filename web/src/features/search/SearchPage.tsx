import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { carriedParams, navigate, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { useShortcuts } from '../../app/useShortcuts';
import { isEmpty, serverStatus } from '../../api/status';
import { parseTraceReference, type TraceReference } from '../../model/ids';
import { readSearchView, writeSearchView, type SearchView } from '../../model/urlState';
import { WelcomePage } from '../welcome/WelcomePage';
import { EmptyResult } from './EmptyResult';
import { FailedResult } from './FailedResult';
import { Filters } from './Filters';
import { QueryBar } from './QueryBar';
import { ResultList } from './ResultList';
import { ResultSummary } from './ResultSummary';
import { Skeleton } from './Skeleton';
import './search.css';
import { useSearch } from './useSearch';

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
      void client.invalidateQueries({ queryKey: ['search'] });
      void client.invalidateQueries({ queryKey: ['services'] });
    }
  }, [empty, waiting, client]);

  if (empty) {
    return <WelcomePage status={status.data} reachable={status.error === null} />;
  }
  // Before the server has said whether it holds anything neither page is shown: they look different.
  return status.data === undefined && status.error === null && !asked ? <div className="page-placeholder" /> : <Search arrived={arrived} />;
}

function Search({ arrived }: { arrived: boolean }) {
  const { t } = usePreferences();
  const { params } = usePlace();
  const view = readSearchView(params);
  const named = useMemo(() => parseTraceReference(view.query), [view.query]);
  useEffect(() => {
    // A link may carry an id in the place of a query: /?q=abc123
    if (named !== null) {
      openTrace(named, params, 'replace');
    }
  }, [named, params]);
  const { state, refresh } = useSearch(view);
  useShortcuts({ KeyR: refresh });
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
  return (
    <div className="search">
      <div className="search-ask">
        <h1 className="visually-hidden">{t.search.heading}</h1>
        <QueryBar view={view} error={state.kind === 'failed' ? state.error : null} onChange={change} busy={state.kind === 'loading' || ('stale' in state && state.stale)} />
        <Filters view={view} onChange={change} />
      </div>
      <p className="visually-hidden" role="status">
        {arrived ? t.welcome.arrived : ''}
      </p>
      <section className="search-results" aria-label={t.search.results}>
        {state.kind === 'loading' && <Skeleton />}
        {state.kind === 'failed' && <FailedResult error={state.error} query={state.query} onRetry={refresh} onChange={change} />}
        {state.kind === 'empty' && <EmptyResult view={view} searched={state.searched} stale={state.stale} onChange={change} />}
        {state.kind === 'ready' && (
          <>
            <ResultSummary view={view} searched={state.searched} stale={state.stale} onChange={change} onRefresh={refresh} />
            <ResultList traces={state.searched.answer.traces} view={view} stale={state.stale} onChange={change} />
          </>
        )}
      </section>
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
