import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { usePreferences } from '../../app/preferences';
import { formatCount, formatDuration } from '../../model/format';
import { rootCause } from '../../model/trace/rootCause';
import { Icon } from '../../ui/Icon';
import type { TraceSession } from './session';

const skewsShown = 3;

interface ProblemsProps {
  session: TraceSession;
  onFind(text: string): void;
  onGoTo(row: number): void;
}

/** Where the errors come from, and what is odd about the trace as it was received, in words. */
export function Problems({ session, onFind, onGoTo }: ProblemsProps) {
  const { table } = session;
  const { t, lang } = usePreferences();
  const { missingParents, skews, loops, duplicateIds } = table.problems;
  const count = (n: number) => formatCount(n, lang);
  const lines: { key: string; text: ReactNode }[] = [];
  if (table.problems.cut !== '') {
    lines.push({ key: 'cut', text: table.problems.cut });
  }
  if (missingParents > 0) {
    lines.push({ key: 'parents', text: t.trace.missingParents(missingParents, count(missingParents)) });
  }
  const wholeRoots = table.roots.length - missingParents;
  if (wholeRoots > 1) {
    lines.push({ key: 'roots', text: t.trace.severalRoots(count(wholeRoots)) });
  }
  for (const skew of skews.slice(0, skewsShown)) {
    lines.push({
      key: `skew ${skew.parentService} ${skew.childService}`,
      text: (
        <>
          {t.trace.skew(skew.parentService, skew.childService, formatDuration(skew.largestNs), count(skew.spans))}{' '}
          <button type="button" className="inline-button" onClick={() => onFind(`service=${skew.childService}`)}>
            {t.trace.showThem}
          </button>
        </>
      ),
    });
  }
  if (loops > 0) {
    lines.push({ key: 'loops', text: t.trace.loops(count(loops)) });
  }
  if (duplicateIds > 0) {
    lines.push({ key: 'duplicates', text: t.trace.duplicates(count(duplicateIds)) });
  }
  return (
    <>
      {table.errorCount > 0 && <Cause session={session} onGoTo={onGoTo} />}
      {lines.length > 0 && (
        <ul className="problems" aria-label={t.trace.problems}>
          {lines.map((line) => (
            <li key={line.key}>
              <Icon name="info" size={14} />
              <span>{line.text}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** The error that explains the others, with its message as soon as the worker has found it. */
function Cause({ session, onGoTo }: { session: TraceSession; onGoTo(row: number): void }) {
  const { table } = session;
  const { t } = usePreferences();
  const row = useMemo(() => rootCause(table), [table]);
  const [message, setMessage] = useState('');
  useEffect(() => {
    let current = true;
    void session.detail(row).then((detail) => {
      if (current) {
        setMessage(detail?.events.find((e) => e.exception !== null)?.exception?.message || (detail?.statusMessage ?? ''));
      }
    });
    return () => {
      current = false;
    };
  }, [session, row]);
  return (
    <p className="cause">
      <Icon name="error" size={14} />
      <span>
        {t.trace.cause}{' '}
        <button type="button" className="inline-button" onClick={() => onGoTo(row)}>
          {table.services[table.service[row]]} · {table.names[table.name[row]]}
        </button>
        {message !== '' && <span className="cause-message">{message}</span>}
      </span>
    </p>
  );
}
