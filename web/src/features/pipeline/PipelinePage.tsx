import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { doctorReport, pipelineReport, tap, type DoctorReport, type Finding, type PipelineReport, type ReceiverLine, type StageLine } from '../../api/pipeline';
import { usePreferences } from '../../app/preferences';
import type { Lang } from '../../i18n';
import { doctorWords } from '../../i18n/doctor';
import { formatAgo, formatCount, formatDuration, formatRate } from '../../model/format';
import { Icon, type IconName } from '../../ui/Icon';
import '../search/panels.css';
import '../search/search.css';
import { Skeleton } from '../search/Skeleton';
import '../services/services.css';
import './pipeline.css';

const pollMs = 2000;
const tapLimit = 20;

/** What comes in, what each component does with it, and what goes out, live; and what the server itself thinks is wrong. */
export function PipelinePage() {
  const { t } = usePreferences();
  const report = useQuery({ queryKey: ['pipeline'], queryFn: ({ signal }) => pipelineReport(signal), refetchInterval: pollMs });
  const before = useRef<PipelineReport | null>(null);
  const [rates, setRates] = useState<ReadonlyMap<string, number>>(new Map());
  useEffect(() => {
    document.title = t.pipeline.title;
  }, [t]);
  // Rates are differences of two reports: what the counters say is since the start.
  useEffect(() => {
    if (report.data !== undefined) {
      const earlier = before.current;
      if (earlier !== null && earlier.time !== report.data.time) {
        setRates(ratesOf(earlier, report.data));
      }
      before.current = report.data;
    }
  }, [report.data]);
  return (
    <div className="page page-scroll">
      <header className="page-head">
        <h1>{t.pipeline.heading}</h1>
      </header>
      <Doctor />
      {report.error !== null && report.data === undefined ? (
        <div className="notice notice-error" role="alert">
          <Icon name="error" size={20} />
          <p className="mono notice-message">{report.error.message}</p>
        </div>
      ) : report.data === undefined ? (
        <Skeleton />
      ) : (
        <>
          {report.data.reload?.lastSucceeded === false && (
            <section className="card" aria-label={t.pipeline.reloadFailed}>
              <div className="notice notice-error" role="alert">
                <Icon name="error" size={20} />
                <div>
                  <p>{t.pipeline.reloadFailed}</p>
                  <p className="mono notice-message">{report.data.reload.lastMessage}</p>
                </div>
              </div>
            </section>
          )}
          <Receivers report={report.data} rates={rates} />
          {report.data.pipelines.map((pipeline) => (
            <Chain key={pipeline.id} report={report.data} pipeline={pipeline} rates={rates} />
          ))}
        </>
      )}
    </div>
  );
}

function ratesOf(earlier: PipelineReport, now: PipelineReport): Map<string, number> {
  const seconds = Math.max(0.001, (Date.parse(now.time) - Date.parse(earlier.time)) / 1000);
  const rates = new Map<string, number>();
  const add = (key: string, after: number, prior: number | undefined) => {
    if (prior !== undefined && after >= prior) {
      rates.set(key, (after - prior) / seconds);
    }
  };
  for (const r of now.receivers) {
    add(`in ${r.id} ${r.transport}`, r.accepted, earlier.receivers.find((x) => x.id === r.id && x.transport === r.transport)?.accepted);
  }
  for (const s of now.stages) {
    add(`at ${s.pipeline} ${s.id}`, s.spansIn, earlier.stages.find((x) => x.pipeline === s.pipeline && x.id === s.id)?.spansIn);
  }
  return rates;
}

function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="card" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** A number that matters only when it is not zero. */
function Bad({ value }: { value: number }) {
  const { lang } = usePreferences();
  return <span className={value > 0 ? 'num strip-bad' : 'num sub'}>{formatCount(value, lang)}</span>;
}

function LastError({ text, time }: { text: string | undefined; time: string | undefined }) {
  const { lang } = usePreferences();
  if (text === undefined) {
    return null;
  }
  return (
    <span className="pipeline-error" title={text}>
      {time !== undefined && <span className="sub num">{formatAgo(Date.parse(time), Date.now(), lang)} </span>}
      {text}
    </span>
  );
}

function Receivers({ report, rates }: { report: PipelineReport; rates: ReadonlyMap<string, number> }) {
  const { t, lang } = usePreferences();
  return (
    <Card title={t.pipeline.receivers}>
      <table className="panel-table pipeline-table">
        <caption className="visually-hidden">{t.pipeline.receivers}</caption>
        <thead>
          <tr>
            <th scope="col">{t.pipeline.component}</th>
            <th scope="col">{t.pipeline.address}</th>
            <th scope="col" className="cell-number">
              {t.services.rate}
            </th>
            <th scope="col" className="cell-number">
              {t.pipeline.accepted}
            </th>
            <th scope="col" className="cell-number">
              {t.pipeline.refused}
            </th>
            <th scope="col" className="cell-number">
              {t.pipeline.failed}
            </th>
            <th scope="col">{t.pipeline.lastFrom}</th>
            <th scope="col">{t.pipeline.lastError}</th>
          </tr>
        </thead>
        <tbody>
          {worthShowing(report.receivers).map((r) => (
            <tr key={`${r.id} ${r.transport}`}>
              <th scope="row" title={`${r.id} ${r.transport}`}>
                {r.id} <span className="sub">{r.transport}</span>
              </th>
              <td title={r.endpoints.join(', ')}>
                <code>{r.endpoints.join(', ')}</code>
              </td>
              <td className="cell-number num">{formatRate(rates.get(`in ${r.id} ${r.transport}`) ?? 0, lang)}</td>
              <td className="cell-number num">{formatCount(r.accepted, lang)}</td>
              <td className="cell-number">
                <Bad value={r.refused + r.refusedRequests} />
              </td>
              <td className="cell-number">
                <Bad value={r.failed} />
              </td>
              <td className="num">
                {r.lastPeer} {r.lastReceived !== undefined && <span className="sub">{formatAgo(Date.parse(r.lastReceived), Date.now(), lang)}</span>}
              </td>
              <td>
                <LastError text={r.lastError} time={r.lastErrorTime} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

/**
 * A receiver may listen for several encodings at one address: those that nothing came in are left out when another of them has something, or
 * is the first.
 */
function worthShowing(receivers: readonly ReceiverLine[]): ReceiverLine[] {
  const used = (r: ReceiverLine) => r.requests + r.refusedRequests > 0;
  return receivers.filter((r) => {
    const same = receivers.filter((x) => x.id === r.id && x.endpoints.join() === r.endpoints.join());
    return used(r) || (same[0] === r && !same.some(used));
  });
}

function Chain({ report, pipeline, rates }: { report: PipelineReport; pipeline: PipelineReport['pipelines'][number]; rates: ReadonlyMap<string, number> }) {
  const { t, lang } = usePreferences();
  const [tapped, setTapped] = useState<string | null>(null);
  const stages = report.stages.filter((s) => s.pipeline === pipeline.id);
  const ms = (value: number | undefined) => (value === undefined ? '–' : formatDuration(value * 1e6));
  return (
    <Card title={t.pipeline.pipeline(pipeline.id)}>
      <div className="pipeline-flow" role="group" aria-label={t.pipeline.order}>
        {/* Each receiver feeds the first processor: side by side, as the exporters behind the last one. */}
        {[pipeline.receivers.join(', '), ...pipeline.processors].map((ids) => (
          <span key={ids}>
            <code>{ids}</code> <Icon name="arrowRight" size={12} />
          </span>
        ))}
        <span>
          <code>{pipeline.exporters.join(', ')}</code>
        </span>
      </div>
      <table className="panel-table pipeline-table">
        <caption className="visually-hidden">{t.pipeline.pipeline(pipeline.id)}</caption>
        <thead>
          <tr>
            <th scope="col">{t.pipeline.component}</th>
            <th scope="col">{t.pipeline.queue}</th>
            <th scope="col" className="cell-number">
              {t.services.rate}
            </th>
            <th scope="col" className="cell-number">
              {t.pipeline.given}
            </th>
            <th scope="col" className="cell-number">
              {t.pipeline.dropped}
            </th>
            <th scope="col" className="cell-number">
              {t.pipeline.refused}
            </th>
            <th scope="col" className="cell-number">
              {t.pipeline.failed}
            </th>
            <th scope="col" className="cell-number">
              {t.pipeline.latency}
            </th>
            <th scope="col">{t.pipeline.lastError}</th>
            <th scope="col">
              <span className="visually-hidden">{t.compare.actions}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {stages.map((stage) => (
            <tr key={stage.id}>
              <th scope="row">
                {stage.id} <span className="sub">{stage.kind === 'exporter' ? t.pipeline.exporter : t.pipeline.processor}</span>
              </th>
              <td className="num">{stage.kind === 'exporter' ? queueWords(report, stage.id, lang) : ''}</td>
              <td className="cell-number num">{formatRate(rates.get(`at ${stage.pipeline} ${stage.id}`) ?? 0, lang)}</td>
              <td className="cell-number num">{formatCount(stage.spansIn, lang)}</td>
              <td className="cell-number num">{stage.spansOut === undefined ? '–' : formatCount(droppedBy(stage), lang)}</td>
              <td className="cell-number">
                <Bad value={stage.refused} />
              </td>
              <td className="cell-number">
                <Bad value={stage.failed + givenUpBy(report, stage)} />
              </td>
              <td className="cell-number num">
                {ms(stage.latencyMedianMs)} <span className="sub">{ms(stage.latencyP99Ms)}</span>
              </td>
              <td>
                <LastError text={stage.lastError ?? report.exporters.find((e) => stage.kind === 'exporter' && e.id === stage.id)?.status?.lastError} time={stage.lastErrorTime} />
              </td>
              <td className="row-tools">
                <button type="button" className="button button-small" aria-expanded={tapped === stage.id} onClick={() => setTapped(tapped === stage.id ? null : stage.id)}>
                  {t.pipeline.watch}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {tapped !== null && <Tap key={tapped} pipeline={pipeline.id} component={tapped} />}
    </Card>
  );
}

function droppedBy(stage: StageLine): number {
  return Math.max(0, stage.accepted - (stage.spansOut ?? stage.accepted));
}

/** Spans that an exporter took and then gave up, which its sender was never told. */
function givenUpBy(report: PipelineReport, stage: StageLine): number {
  return stage.kind === 'exporter' ? (report.exporters.find((e) => e.id === stage.id)?.status?.failedSpans ?? 0) : 0;
}

/** How full an exporter's queue is, and how much it has given away. */
function queueWords(report: PipelineReport, id: string, lang: string): string {
  const status = report.exporters.find((e) => e.id === id)?.status;
  if (status?.queueSize === undefined) {
    return '';
  }
  const of = status.queueCapacity === undefined ? '' : ` / ${formatCount(status.queueCapacity, lang)}`;
  return `${formatCount(status.queueSize, lang)}${of} ${status.queueUnit ?? ''}`;
}

/** Spans as they pass a point, for as long as somebody looks. */
function Tap({ pipeline, component }: { pipeline: string; component: string }) {
  const { t } = usePreferences();
  const [spans, setSpans] = useState<string[]>([]);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    const stop = new AbortController();
    tap(pipeline, component, tapLimit, (json) => setSpans((list) => [json, ...list].slice(0, tapLimit)), stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) {
        setProblem(error instanceof Error ? error.message : String(error));
      }
    });
    return () => stop.abort();
  }, [pipeline, component]);
  return (
    <div className="pipeline-tap" role="log" aria-label={t.pipeline.passing(component)}>
      <p className="sub">{spans.length === 0 ? t.pipeline.waiting : t.pipeline.passing(component)}</p>
      {problem !== '' && <p className="strip-bad">{problem}</p>}
      {spans.map((json, index) => (
        <pre key={spans.length - index} tabIndex={0}>
          {json}
        </pre>
      ))}
    </div>
  );
}

const severityIcons: Record<Finding['severity'], IconName> = { Ok: 'check', Info: 'info', Warning: 'error', Error: 'error' };

/** The finding in the language of the page; the server's own words where it has none for it. */
function spoken(finding: Finding, lang: Lang): { title: string; detail: string | undefined; wayOut: string | undefined } {
  const words = doctorWords[lang]?.findings[finding.code];
  return {
    title: words?.title(...(finding.titleValues ?? [])) ?? finding.title,
    // A detail without values may be another program's message.
    detail: finding.detail === undefined || (finding.detailValues === undefined && words?.detail?.length !== 0) ? finding.detail : (words?.detail?.(...(finding.detailValues ?? [])) ?? finding.detail),
    wayOut: finding.wayOut === undefined ? undefined : (words?.wayOut ?? finding.wayOut),
  };
}

function verdictOf(report: DoctorReport, lang: Lang): string {
  const words = doctorWords[lang];
  const worst = report.findings[0];
  if (words === null) {
    return report.verdict;
  }
  return worst?.severity === 'Error' ? words.likelyCause(spoken(worst, lang).title) : worst?.severity === 'Warning' ? words.worthALook(spoken(worst, lang).title) : words.allWell;
}

function Findings({ findings }: { findings: readonly Finding[] }) {
  const { lang } = usePreferences();
  return (
    <ul className="doctor-findings">
      {findings.map((finding) => ({ ...finding, ...spoken(finding, lang) })).map((finding) => (
        <li key={finding.code + finding.title} data-severity={finding.severity}>
          <Icon name={severityIcons[finding.severity]} size={15} />
          <div>
            <strong>{finding.title}</strong>
            {finding.detail !== undefined && <p className="sub">{finding.detail}</p>}
            {finding.wayOut !== undefined && <p>{finding.wayOut}</p>}
          </div>
        </li>
      ))}
    </ul>
  );
}

/** What the server finds when it examines itself: the likely cause first, and what to do; what is well is out of the way. */
function Doctor() {
  const { t, lang } = usePreferences();
  const [test, setTest] = useState(false);
  const report = useQuery({ queryKey: ['doctor', test], queryFn: ({ signal }) => doctorReport(test, signal), staleTime: 0 });
  const well = report.data?.findings.filter((finding) => finding.severity === 'Ok') ?? [];
  return (
    <Card title={t.pipeline.doctor}>
      {report.data === undefined ? (
        <p className="sub">{report.error === null ? t.pipeline.examining : report.error.message}</p>
      ) : (
        <>
          <p className="doctor-verdict">{verdictOf(report.data, lang)}</p>
          <Findings findings={report.data.findings.filter((finding) => finding.severity !== 'Ok')} />
          {well.length > 0 && (
            <details className="doctor-well" open={test}>
              <summary>{t.pipeline.well(well.length)}</summary>
              <Findings findings={well} />
            </details>
          )}
        </>
      )}
      <p>
        <button
          type="button"
          className="button"
          aria-busy={report.isFetching}
          disabled={report.isFetching}
          onClick={() => {
            if (test) {
              void report.refetch();
            } else {
              setTest(true);
            }
          }}
        >
          {t.pipeline.sendTest}
        </button>
      </p>
    </Card>
  );
}
