import { usePreferences } from '../../app/preferences';
import { formatCount } from '../../model/format';
import type { SearchView } from '../../model/urlState';
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

const sorts = ['start', 'duration', 'spans', 'errors'] as const;

/** How many were found, out of what, and in which order they stand. */
export function ResultSummary({ view, searched, stale, onChange, onRefresh }: ResultSummaryProps) {
  const { t, lang, zone } = usePreferences();
  const { answer, range } = searched;
  const count = formatCount(answer.traces.length, lang);
  const full = answer.traces.length >= view.limit;
  return (
    <div className="result-summary">
      <h2 aria-live="polite">{!full ? t.search.found(answer.traces.length, count) : t.search[`first_${view.sort !== 'start' && !searched.sorted ? 'start' : (sorts.find((sort) => sort === view.sort) ?? 'other')}`](count)}</h2>
      <p>
        {searchedWords(range, zone, t)}
        {answer.searched.incomplete !== null && ` · ${t.search.searchedShare(answer.searched.sources, answer.searched.relevant)} ${t.search.incomplete(answer.searched.incomplete)}`}
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
