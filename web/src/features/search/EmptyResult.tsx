import { useQuery } from '@tanstack/react-query';
import { searchTraces } from '../../api/search';
import { serverStatus } from '../../api/status';
import { usePreferences } from '../../app/preferences';
import { readBuilder, restOf, writeChip } from '../../model/builder';
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
const countedTraces = 100;

/** Says what was searched, and where data is when the range holds none of it. */
export function EmptyResult({ view, searched, stale, onChange }: EmptyResultProps) {
  const { t, lang, zone } = usePreferences();
  const status = useQuery({ queryKey: ['status', 'empty'], queryFn: ({ signal }) => serverStatus(signal), staleTime: 5000 });
  const newest = status.data?.traces.newestUnixMs ?? null;
  const oldest = status.data?.traces.oldestUnixMs ?? null;
  const { range } = searched;
  // With a part of the store unread, that nothing was found says little.
  const { incomplete } = searched.answer.searched;
  const before = range !== null && newest !== null && newest < range.startMs;
  const after = range !== null && oldest !== null && oldest > range.endMs;
  const around = (ms: number): TimeRange => ({ from: iso(Math.floor(ms - aroundMs)), to: iso(Math.ceil(ms + aroundMs)) });
  const query = view.query.trim();
  const builder = readBuilder(query);
  const chips = builder.kind === 'filter' && builder.chips.length > 1 ? builder.chips : [];
  // What is left when one condition is taken out: the condition without which there is something is the one that removes everything.
  const without = useQuery({
    queryKey: ['explore', 'without', query, range?.startMs, range?.endMs],
    queryFn: async ({ signal }) => Promise.all(chips.map(async (_, index) => (await searchTraces({ query: restOf(query, index), range, limit: countedTraces, spansPerTrace: 1 }, signal)).traces.length)),
    enabled: chips.length > 0,
  });
  const culprits = chips.map((chip, index) => ({ chip, index, left: without.data?.[index] ?? 0 })).filter((c) => c.left > 0);
  return (
    <div className="notice" data-stale={stale}>
      <div>
        <h2>{incomplete === null ? t.search.nothing : t.search.nothingYet}</h2>
        {incomplete !== null && (
          <p>
            {t.search.searchedShare(searched.answer.searched.sources, searched.answer.searched.relevant)} {t.search.incomplete(incomplete)}
          </p>
        )}
        <p>
          {t.search.searchedFor} <code>{query === '' ? emptyQuery : query}</code>
        </p>
        <p>{t.search.searchedIn(searchedWords(range, zone, t))}</p>
        {searched.answer.inspectedTraces > 0 && <p>{t.search.inspected(formatCount(searched.answer.inspectedTraces, lang))}</p>}
        {before && newest !== null && <p>{t.search.newestData(formatMoment(newest, zone))}</p>}
        {after && oldest !== null && <p>{t.search.oldestData(formatMoment(oldest, zone))}</p>}
        {culprits.length > 0 && (
          <ul>
            {culprits.map(({ chip, index, left }) => (
              <li key={chip.text}>
                {t.search.removesAll} <code>{chip.text}</code> {t.search.withoutIt(left >= countedTraces ? `${countedTraces}+` : String(left))}{' '}
                <button type="button" className="inline-button" onClick={() => onChange({ query: writeChip(query, index, null) })}>
                  {t.search.takeOut}
                </button>
              </li>
            ))}
          </ul>
        )}
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
