import { useEffect, useMemo, useState, type KeyboardEvent } from 'react';
import type { ServerStatus } from '../../api/status';
import { usePreferences } from '../../app/preferences';
import { CopyButton } from '../../ui/CopyButton';
import { demoCommand, endpointsOf, snippets } from './snippets';
import './welcome.css';

/** Shown while the server holds nothing: where to send spans, how, and a light that turns on with the first one. */
export function WelcomePage({ status, reachable }: { status: ServerStatus; reachable: boolean }) {
  const { t } = usePreferences();
  const endpoints = useMemo(() => endpointsOf(status, window.location.hostname), [status]);
  const all = useMemo(() => snippets(endpoints), [endpoints]);
  const [chosen, setChosen] = useState(all[0].id);
  const snippet = all.find((s) => s.id === chosen) ?? all[0];
  useEffect(() => {
    document.title = t.welcome.title;
  }, [t]);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? all.length - 1 : 0;
    if (step !== 0) {
      const next = all[(all.indexOf(snippet) + step) % all.length];
      setChosen(next.id);
      document.getElementById(`tab-${next.id}`)?.focus();
    }
  };
  return (
    <div className="welcome">
      <header className="welcome-head">
        <h1>{t.welcome.heading}</h1>
        <p>{t.welcome.lead}</p>
      </header>

      <div className={reachable ? 'welcome-wait' : 'welcome-wait welcome-lost'} role="status">
        <span className="welcome-thread" aria-hidden="true" />
        <span>{reachable ? t.welcome.waiting : t.welcome.lost}</span>
        {status.spans.refused > 0 && <span className="welcome-refused">{t.welcome.refused(status.spans.refused)}</span>}
      </div>

      <section className="welcome-endpoints" aria-label={t.welcome.endpoints}>
        <Endpoint name="OTLP gRPC" address={endpoints.grpc} />
        <Endpoint name="OTLP HTTP" address={endpoints.http} />
        {status.receivers
          .filter((r) => !r.protocol.startsWith('otlp'))
          .map((r) => (
            <Endpoint key={r.protocol + r.endpoint} name={r.protocol} address={r.endpoint} />
          ))}
      </section>

      <section className="welcome-snippets" aria-label={t.welcome.snippets}>
        <div className="tabs" role="tablist" aria-label={t.welcome.snippets} onKeyDown={onKeyDown}>
          {all.map((s) => (
            <button key={s.id} id={`tab-${s.id}`} type="button" role="tab" aria-selected={s.id === chosen} aria-controls="snippet" tabIndex={s.id === chosen ? 0 : -1} onClick={() => setChosen(s.id)}>
              {s.title}
            </button>
          ))}
        </div>
        <div id="snippet" role="tabpanel" aria-labelledby={`tab-${chosen}`} className="snippet">
          {snippet.steps.map((step) => (
            <div key={step.text} className="snippet-step">
              <pre tabIndex={0}>{step.text}</pre>
              <CopyButton text={step.text} label={t.common.copy} />
            </div>
          ))}
        </div>
      </section>

      <section className="welcome-demo">
        <h2>{t.welcome.demoHeading}</h2>
        <p>{t.welcome.demo}</p>
        <div className="snippet-step">
          <pre tabIndex={0}>{demoCommand(endpoints)}</pre>
          <CopyButton text={demoCommand(endpoints)} label={t.common.copy} />
        </div>
      </section>

      <footer className="welcome-foot">{t.welcome.storage(status.version, status.data.path, status.data.retention)}</footer>
    </div>
  );
}

function Endpoint({ name, address }: { name: string; address: string | null }) {
  const { t } = usePreferences();
  return (
    <div className="endpoint">
      <span className="endpoint-name">{name}</span>
      {address === null ? (
        <span className="endpoint-off">{t.welcome.notListening}</span>
      ) : (
        <>
          <code>{address}</code>
          <CopyButton text={address} label={t.welcome.copyEndpoint(name)} />
        </>
      )}
    </div>
  );
}
