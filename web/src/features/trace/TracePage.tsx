import { useEffect, useState } from 'react';
import { cameFrom, carriedParams, usePlace } from '../../app/location';
import { Link } from '../../app/Link';
import { usePreferences } from '../../app/preferences';
import { Icon } from '../../ui/Icon';
import { MissingTrace } from './MissingTrace';
import { useTrace } from './session';
import './trace.css';
import { TraceViewer } from './TraceViewer';

export function TracePage({ traceId }: { traceId: string }) {
  const { t } = usePreferences();
  const [attempt, setAttempt] = useState(0);
  const state = useTrace({ traceId }, attempt);
  const reload = () => setAttempt((n) => n + 1);
  useEffect(() => {
    document.title = t.trace.title(traceId.slice(-8));
  }, [t, traceId]);

  switch (state.kind) {
    case 'loading':
      return (
        <div className="trace trace-loading" role="status" aria-label={t.trace.loading}>
          <BackLink />
          <div className="trace-loading-head" />
          <div className="trace-loading-body" />
        </div>
      );
    case 'missing':
      return <MissingTrace traceId={traceId} onRetry={reload} />;
    case 'failed':
      return (
        <div className="notice-page">
          <div className="notice notice-error" role="alert">
            <Icon name="error" size={20} />
            <div>
              <h1>{t.trace.failed}</h1>
              <p className="mono notice-message">{state.message}</p>
              <div className="notice-actions">
                <button type="button" className="button button-primary" onClick={reload}>
                  {t.common.retry}
                </button>
                <BackLink />
              </div>
            </div>
          </div>
        </div>
      );
    case 'ready':
      return <TraceViewer key={state.session.number} session={state.session} onReload={reload} />;
  }
}

/** To the search that led here, else to the start page. */
export function BackLink() {
  const { t } = usePreferences();
  const { params } = usePlace();
  const before = cameFrom();
  const [path, query = ''] = before?.startsWith('/?') || before === '/' ? before.split('?') : ['/'];
  return (
    <Link className="back-link" path={path} params={query === '' ? carriedParams(params) : new URLSearchParams(query)}>
      <Icon name="arrowLeft" size={14} />
      {before === null ? t.trace.toSearch : t.trace.toResults}
    </Link>
  );
}
