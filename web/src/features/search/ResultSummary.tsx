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
  /** The server is still searching. */
  partial: boolean;
  onChange(next: Partial<SearchView>): void;
  onRefresh(): void;
}

const sorts = ['start', 'duration', 'spans', 'errors'] as const;

/** How many were found, out of what, and in which order they stand. */
export function ResultSummary({ view, searched, stale, partial, onChange, onRefresh }: ResultSummaryProps) {
  const { t, lang, zone } = usePreferences();
  const { answer, range } = searched;
  const count = formatCount(answer.traces.length, lang);
  const spans = answer.traces.reduce((sum, trace) => sum + trace.spans.length, 0);
  const full = answer.traces.length >= view.limit;
  const found = partial ? t.search.foundSoFar(count) : !full ? t.search.found(answer.traces.length, count) : t.search[`first_${sorts.find((sort) => sort === view.sort) ?? 'other'}`](count);
  return (
    <div className="result-summary">
      <h2 aria-live="polite">{view.tab === 'spans' ? t.spans.heading(formatCount(spans, lang), found) : found}</h2>
      <p>
        {searchedWords(range, zone, t)}
        {partial && ` · ${t.search.searchedShare(answer.searched.sources, answer.searched.relevant)}`}
        {answer.searched.incomplete !== null && ` · ${t.search.searchedShare(answer.searched.sources, answer.searched.relevant)} ${t.search.incomplete(answer.searched.incomplete)}`}
      </p>
      <button type="button" className="icon-button" onClick={onRefresh} aria-busy={stale || partial} aria-label={t.common.refresh} title={t.common.refresh}>
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
