import { useState } from 'react';
import { ask } from '../../api/client';
import { searchTraces } from '../../api/search';
import { Link } from '../../app/Link';
import { carriedParams, currentPlace, navigate } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { parseTraceReference } from '../../model/ids';
import { quote } from '../../model/query';
import type { TraceTable } from '../../model/trace/table';
import { download } from '../../ui/download';
import { Icon } from '../../ui/Icon';
import { Popover } from '../../ui/Popover';

const typicalOf = 50;
const aroundMs = 6 * 3_600_000;

/** What can be done with the whole trace: lay it over another one, take it away as a file. */
export function TraceMenu({ table }: { table: TraceTable }) {
  const { t } = usePreferences();
  const [open, setOpen] = useState<'compare' | 'export' | null>(null);
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState('');
  const attempt = async (action: () => Promise<void>) => {
    setProblem('');
    try {
      await action();
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  const compareWith = (base: string) => {
    const params = carriedParams(currentPlace().params);
    params.set('base', base);
    params.set('other', table.traceId);
    navigate('/diff', params);
  };
  /** The trace of the same kind, without errors, whose duration is the middle one. */
  const typical = () =>
    attempt(async () => {
      const root = table.mainRoot;
      const query = `{ nestedSetParent < 0 && resource.service.name = ${quote(table.services[table.service[root]])} && name = ${quote(table.names[table.name[root]])} }`;
      const { traces } = await searchTraces({ query, range: { startMs: table.baseUnixMs - aroundMs, endMs: table.baseUnixMs + aroundMs }, limit: typicalOf, spansPerTrace: 1 });
      const others = traces.filter((trace) => trace.traceId !== table.traceId && trace.errorCount === 0).sort((a, b) => a.durationMs - b.durationMs);
      if (others.length === 0) {
        throw new Error(t.diff.noTypical);
      }
      compareWith(others[(others.length - 1) >> 1].traceId);
    });
  const save = (accept: string, path: string, name: string) =>
    attempt(async () => {
      const response = await ask(path, undefined, { accept });
      download(name, accept, await response.arrayBuffer());
      setOpen(null);
    });
  const given = parseTraceReference(typed);
  return (
    <>
      <span className="query-add">
        <button type="button" className="button" aria-haspopup="dialog" aria-expanded={open === 'compare'} onClick={() => setOpen(open === 'compare' ? null : 'compare')}>
          <Icon name="compare" size={14} />
          {t.diff.compare}
        </button>
        <Popover open={open === 'compare'} onClose={() => setOpen(null)} label={t.diff.compare} align="end">
          <form
            className="condition-editor"
            onSubmit={(event) => {
              event.preventDefault();
              if (given !== null) {
                compareWith(given.traceId);
              }
            }}
          >
            <button type="button" className="button button-primary" onClick={() => void typical()}>
              {t.diff.typical}
            </button>
            <div className="time-text-row">
              <input className="field mono" value={typed} aria-label={t.diff.otherId} placeholder={t.diff.otherId} spellCheck={false} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
              <button type="submit" className="button" disabled={given === null}>
                {t.diff.show}
              </button>
            </div>
            {problem !== '' && (
              <p className="time-problem" role="alert">
                {problem}
              </p>
            )}
          </form>
        </Popover>
      </span>
      <span className="query-add">
        <button type="button" className="button" aria-haspopup="dialog" aria-expanded={open === 'export'} onClick={() => setOpen(open === 'export' ? null : 'export')}>
          <Icon name="download" size={14} />
          {t.exports.title}
        </button>
        <Popover open={open === 'export'} onClose={() => setOpen(null)} label={t.exports.title} align="end">
          <div className="condition-editor export-list">
            <button type="button" className="button" onClick={() => void save('application/json', `/api/v1/traces/${table.traceId}`, `${table.traceId}.json`)}>
              {t.exports.json}
            </button>
            <button type="button" className="button" onClick={() => void save('application/protobuf', `/api/v1/traces/${table.traceId}`, `${table.traceId}.otlp`)}>
              {t.exports.otlp}
            </button>
            <button type="button" className="button" onClick={() => void save('application/json', `/api/traces/${table.traceId}`, `${table.traceId}-tempo.json`)}>
              {t.exports.tempo}
            </button>
            <Link path="/import" params={carriedParams(currentPlace().params)}>
              {t.imports.heading}
            </Link>
            {problem !== '' && (
              <p className="time-problem" role="alert">
                {problem}
              </p>
            )}
          </div>
        </Popover>
      </span>
    </>
  );
}
