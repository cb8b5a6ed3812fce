import { useQuery } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { currentTenant } from '../../api/client';
import { endSession, tokenNeeded } from '../../api/session';
import { serverStatus, type ServerStatus } from '../../api/status';
import { uiSettings } from '../../api/ui';
import { usePreferences, type Theme } from '../../app/preferences';
import { formatCount, formatLength, formatMoment } from '../../model/format';
import { CopyButton } from '../../ui/CopyButton';
import { Icon } from '../../ui/Icon';
import '../search/panels.css';
import '../services/services.css';
import { checks, provisioning, run, type CheckId, type CheckState } from './grafana';
import './settings.css';

const pollMs = 5000;
const themes: readonly Theme[] = ['system', 'light', 'dark'];

/** What this server is, how long it keeps what it gets, how Grafana is pointed at it, and how this browser shows it. */
export function SettingsPage() {
  const { t, lang, setLang, theme, setTheme, zone, setZone } = usePreferences();
  const status = useQuery({ queryKey: ['status', 'settings'], queryFn: ({ signal }) => serverStatus(signal), refetchInterval: pollMs });
  const ui = useQuery({ queryKey: ['ui'], queryFn: ({ signal }) => uiSettings(signal), staleTime: 60_000 });
  const session = useQuery({ queryKey: ['session'], queryFn: ({ signal }) => tokenNeeded(signal) });
  useEffect(() => {
    document.title = t.settings.title;
  }, [t]);
  return (
    <div className="page page-scroll">
      <header className="page-head">
        <h1>{t.settings.heading}</h1>
      </header>
      <div className="settings">
        <Section title={t.settings.server}>{status.data === undefined ? <p className="sub">{status.error?.message ?? ''}</p> : <ServerFacts status={status.data} />}</Section>
        <Section title={t.settings.grafana}>
          <Grafana />
        </Section>
        <Section title={t.settings.links}>
          <p>{t.settings.linksLead}</p>
          {(ui.data?.links.length ?? 0) === 0 ? (
            <p className="sub">{t.settings.noLinks}</p>
          ) : (
            <ul className="settings-list">
              {ui.data?.links.map((link) => (
                <li key={link.title + link.url}>
                  <strong>{link.title}</strong>
                  <code>{link.url}</code>
                </li>
              ))}
            </ul>
          )}
        </Section>
        <Section title={t.settings.browser}>
          <dl className="settings-facts">
            <div>
              <dt>{t.settings.language}</dt>
              <dd className="segmented">
                {/* Names of languages stand in their own language. */}
                <button type="button" lang="en" aria-pressed={lang === 'en'} onClick={() => setLang('en')}>
                  {t.settings.english}
                </button>
                <button type="button" lang="ko" aria-pressed={lang === 'ko'} onClick={() => setLang('ko')}>
                  {t.settings.korean}
                </button>
              </dd>
            </div>
            <div>
              <dt>{t.settings.theme}</dt>
              <dd className="segmented">
                {themes.map((name) => (
                  <button key={name} type="button" aria-pressed={theme === name} onClick={() => setTheme(name)}>
                    {t.app[`theme_${name}`]}
                  </button>
                ))}
              </dd>
            </div>
            {session.data === true && (
              <div>
                <dt>{t.settings.session}</dt>
                <dd>
                  <button type="button" className="button button-small" onClick={() => void endSession().then(() => window.location.reload())}>
                    {t.settings.signOut}
                  </button>
                </dd>
              </div>
            )}
            <div>
              <dt>{t.settings.zone}</dt>
              <dd className="segmented">
                <button type="button" aria-pressed={zone === 'local'} onClick={() => setZone('local')}>
                  {t.app.zoneLocal}
                </button>
                <button type="button" aria-pressed={zone === 'utc'} onClick={() => setZone('utc')}>
                  {t.app.zoneUtc}
                </button>
              </dd>
            </div>
          </dl>
        </Section>
      </div>
    </div>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="card" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function ServerFacts({ status }: { status: ServerStatus }) {
  const { t, lang, zone } = usePreferences();
  const { traces, spans, data } = status;
  return (
    <dl className="settings-facts">
      <Fact name={t.settings.version}>{status.version}</Fact>
      <Fact name={t.settings.started}>
        <span className="num">{formatMoment(Date.parse(status.startedAt), zone)}</span>
      </Fact>
      <Fact name={t.settings.tenant}>{status.tenant}</Fact>
      <Fact name={t.settings.api}>
        <code>{status.api}</code>
      </Fact>
      <Fact name={t.settings.receivers}>
        <ul>
          {status.receivers.map((r) => (
            <li key={r.protocol + r.endpoint}>
              <span className="settings-protocol">{r.protocol}</span> <code>{r.endpoint}</code>
            </li>
          ))}
        </ul>
      </Fact>
      <Fact name={t.settings.storage}>
        {data.backend} <code>{data.path}</code>
      </Fact>
      <Fact name={t.settings.retention}>{data.retention === '0h' ? t.settings.forEver : t.settings.keptFor(formatLength(data.retention, lang))}</Fact>
      <Fact name={t.settings.holds}>
        <span className="num">
          {traces.oldestUnixMs !== null && traces.newestUnixMs !== null ? t.time.between(formatMoment(traces.oldestUnixMs, zone), formatMoment(traces.newestUnixMs, zone)) : t.settings.nothingYet}
        </span>
      </Fact>
      <Fact name={t.settings.spans}>
        <span className="num">{t.settings.accepted(formatCount(spans.accepted, lang), formatCount(spans.refused, lang))}</span>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Grafana() {
  const { t } = usePreferences();
  const url = window.location.origin;
  const yaml = provisioning(url, currentTenant());
  const [results, setResults] = useState<Partial<Record<CheckId, CheckState>>>({});
  const [running, setRunning] = useState(false);
  const test = async () => {
    setRunning(true);
    setResults({});
    for (const check of checks) {
      const state = await run(check);
      setResults((before) => ({ ...before, [check.id]: state }));
    }
    setRunning(false);
  };
  const states = Object.values(results);
  const failed = states.filter((state) => state.kind === 'failed').length;
  return (
    <>
      <p>{t.settings.grafanaLead}</p>
      <p className="settings-url">
        <code>{url}</code>
        <CopyButton text={url} label={t.settings.copyUrl} />
      </p>
      <details>
        <summary>{t.settings.provisioning}</summary>
        <div className="settings-yaml">
          <CopyButton text={yaml} label={t.settings.copyYaml} />
          <pre tabIndex={0}>{yaml}</pre>
        </div>
      </details>
      <p>
        <button type="button" className="button button-primary" aria-busy={running} disabled={running} onClick={() => void test()}>
          {t.settings.test}
        </button>{' '}
        <span role="status">{states.length === checks.length ? (failed === 0 ? t.settings.allPassed : t.settings.someFailed(failed)) : ''}</span>
      </p>
      {states.length > 0 && (
        <table className="panel-table checks-table">
          <caption className="visually-hidden">{t.settings.test}</caption>
          <thead>
            <tr>
              <th scope="col">{t.settings.question}</th>
              <th scope="col">{t.settings.request}</th>
              <th scope="col">{t.settings.answer}</th>
            </tr>
          </thead>
          <tbody>
            {checks.map((check) => {
              const state = results[check.id] ?? { kind: 'waiting' };
              return (
                <tr key={check.id} data-state={state.kind}>
                  <th scope="row">{t.settings[`check_${check.id}`]}</th>
                  <td>
                    <code title={check.path}>{decodeURIComponent(check.path)}</code>
                  </td>
                  <td>
                    {state.kind === 'passed' && (
                      <span className="check-passed">
                        <Icon name="check" size={13} /> {t.settings.passed} <span className="num sub">{t.settings.ms(state.ms)}</span>
                      </span>
                    )}
                    {state.kind === 'failed' && (
                      <span className="check-failed" title={state.message}>
                        <Icon name="error" size={13} /> {state.message}
                      </span>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
    </>
  );
}
