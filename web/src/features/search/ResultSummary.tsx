import { usePreferences } from '../../app/preferences';
import { formatCount } from '../../model/format';
import type { SearchView, SortKey } from '../../model/urlState';
import { Icon } from '../../ui/Icon';
import type { Searched } from './useSearch';
import { searchedWords } from './words';

interface ResultSummaryProps {
  view: SearchView;
  searched: Searched;
  stale: boolean;
  onChange(next: Partial<SearchView>): void;
  onRefresh(): void;
}

const sorts: readonly SortKey[] = ['start', 'duration', 'spans', 'errors'];

/** How many were found, out of what, and in which order they stand. */
export function ResultSummary({ view, searched, stale, onChange, onRefresh }: ResultSummaryProps) {
  const { t, lang, zone } = usePreferences();
  const { answer, range } = searched;
  const count = formatCount(answer.traces.length, lang);
  const full = answer.traces.length >= view.limit;
  return (
    <div className="result-summary">
      <h2 aria-live="polite">{full ? t.search.newestOf(count) : t.search.found(answer.traces.length, count)}</h2>
      <p>
        {searchedWords(range, zone, t)}
        {full && view.sort !== 'start' && ` · ${t.search.sortedWithin}`}
        {!answer.complete && ` · ${t.search.partial}`}
      </p>
      <button type="button" className="icon-button" onClick={onRefresh} aria-busy={stale} aria-label={t.common.refresh} title={t.common.refresh}>
        <Icon name="refresh" />
      </button>
      <div className="segmented" role="group" aria-label={t.search.sort}>
        {sorts.map((sort) => (
          <button key={sort} type="button" aria-pressed={view.sort === sort} onClick={() => onChange({ sort })}>
            {t.search[`sort_${sort}`]}
          </button>
        ))}
      </div>
    </div>
  );
}
