import { useQuery } from '@tanstack/react-query';
import { serverStatus } from '../../api/status';
import { usePreferences } from '../../app/preferences';
import { formatCount, formatMoment } from '../../model/format';
import { emptyQuery } from '../../model/query';
import { allTime, iso, type TimeRange } from '../../model/time';
import type { SearchView } from '../../model/urlState';
import type { Searched } from './useSearch';
import { searchedWords } from './words';

interface EmptyResultProps {
  view: SearchView;
  searched: Searched;
  stale: boolean;
  onChange(next: Partial<SearchView>): void;
}

const aroundMs = 15 * 60_000;

/** Says what was searched, and where data is when the range holds none of it. */
export function EmptyResult({ view, searched, stale, onChange }: EmptyResultProps) {
  const { t, lang, zone } = usePreferences();
  const status = useQuery({ queryKey: ['status', 'empty'], queryFn: ({ signal }) => serverStatus(signal), staleTime: 5000 });
  const newest = status.data?.traces.newestUnixMs ?? null;
  const oldest = status.data?.traces.oldestUnixMs ?? null;
  const { range } = searched;
  const before = range !== null && newest !== null && newest < range.startMs;
  const after = range !== null && oldest !== null && oldest > range.endMs;
  const around = (ms: number): TimeRange => ({ from: iso(Math.floor(ms - aroundMs)), to: iso(Math.ceil(ms + aroundMs)) });
  const query = view.query.trim();
  return (
    <div className="notice" data-stale={stale}>
      <div>
        <h2>{t.search.nothing}</h2>
        <p>
          {t.search.searchedFor} <code>{query === '' ? emptyQuery : query}</code>
        </p>
        <p>{t.search.searchedIn(searchedWords(range, zone, t))}</p>
        {searched.answer.inspectedTraces > 0 && <p>{t.search.inspected(formatCount(searched.answer.inspectedTraces, lang))}</p>}
        {before && newest !== null && <p>{t.search.newestData(formatMoment(newest, zone))}</p>}
        {after && oldest !== null && <p>{t.search.oldestData(formatMoment(oldest, zone))}</p>}
        <div className="notice-actions">
          {before && newest !== null && (
            <button type="button" className="button button-primary" onClick={() => onChange({ range: around(newest) })}>
              {t.search.goToNewest}
            </button>
          )}
          {after && oldest !== null && (
            <button type="button" className="button button-primary" onClick={() => onChange({ range: around(oldest) })}>
              {t.search.goToOldest}
            </button>
          )}
          {range !== null && (
            <button type="button" className="button" onClick={() => onChange({ range: allTime })}>
              {t.search.searchAll}
            </button>
          )}
          {query !== '' && query !== emptyQuery && (
            <button type="button" className="button" onClick={() => onChange({ query: '' })}>
              {t.search.clearQuery}
            </button>
          )}
        </div>
      </div>
    </div>
  );
}
