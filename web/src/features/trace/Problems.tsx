import type { ReactNode } from 'react';
import { usePreferences } from '../../app/preferences';
import { formatCount, formatDuration } from '../../model/format';
import type { TraceTable } from '../../model/trace/table';
import { Icon } from '../../ui/Icon';

const skewsShown = 3;

/** What is odd about the trace as it was received, in words. */
export function Problems({ table, onFind }: { table: TraceTable; onFind(text: string): void }) {
  const { t, lang } = usePreferences();
  const { missingParents, skews, loops, duplicateIds } = table.problems;
  const count = (n: number) => formatCount(n, lang);
  const lines: { key: string; text: ReactNode }[] = [];
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
  if (lines.length === 0) {
    return null;
  }
  return (
    <ul className="problems" aria-label={t.trace.problems}>
      {lines.map((line) => (
        <li key={line.key}>
          <Icon name="info" size={14} />
          <span>{line.text}</span>
        </li>
      ))}
    </ul>
  );
}
