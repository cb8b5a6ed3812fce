import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { serverStatus } from '../../api/status';
import { usePreferences } from '../../app/preferences';
import { BackLink } from './TracePage';

const waitMs = 2000;

/** A trace that this server does not hold: why that may be, and a way to wait for it. */
export function MissingTrace({ traceId, onRetry }: { traceId: string; onRetry(): void }) {
  const { t } = usePreferences();
  const [waiting, setWaiting] = useState(false);
  const status = useQuery({ queryKey: ['status'], queryFn: ({ signal }) => serverStatus(signal) });
  useEffect(() => {
    if (!waiting) {
      return;
    }
    const timer = window.setInterval(onRetry, waitMs);
    return () => window.clearInterval(timer);
  }, [waiting, onRetry]);
  const retention = status.data?.data.retention;
  return (
    <div className="notice-page">
      <div className="notice">
        <div>
          <h1>{t.trace.missing}</h1>
          <p>
            <code>{traceId}</code>
          </p>
          <ul>
            <li>{t.trace.missingNotYet}</li>
            <li>{t.trace.missingSampled}</li>
            <li>{retention === undefined ? t.trace.missingOld : t.trace.missingOldAfter(retention)}</li>
            <li>{t.trace.missingTypo}</li>
          </ul>
          <div className="notice-actions">
            <button type="button" className="button button-primary" aria-pressed={waiting} onClick={() => setWaiting(!waiting)}>
              {waiting ? t.trace.stopWaiting : t.trace.wait}
            </button>
            <BackLink />
          </div>
          <p role="status" className="sub">
            {waiting ? t.trace.waiting : ''}
          </p>
        </div>
      </div>
    </div>
  );
}
