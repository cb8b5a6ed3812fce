import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { compare, conditionOf, type Comparison, type Difference } from '../../api/compare';
import { usePreferences } from '../../app/preferences';
import { addTraceCondition } from '../../model/builder';
import { formatCount, formatPercent } from '../../model/format';
import { metricsSource } from '../../model/traceql';
import type { SearchView, Selection } from '../../model/urlState';
import { Icon } from '../../ui/Icon';
import './panels.css';
import { errorSelection, slowSelection, slowShare } from './selections';
import { Skeleton } from './Skeleton';
import type { StripData } from './useStrip';
import { resolveWindow } from './window';

interface ComparePanelProps {
  view: SearchView;
  strip: StripData | undefined;
  onChange(next: Partial<SearchView>): void;
}

const shownAtFirst = 25;
const sentences = 3;

/** What the selected spans have that the others have not: every attribute and value, most different first, in numbers and in words. */
export function ComparePanel({ view, strip, onChange }: ComparePanelProps) {
  const { t, lang } = usePreferences();
  const slow = slowSelection(strip);
  const hasErrors = (strip?.histogram.totalErrors ?? 0) > 0;
  const selection = view.selection ?? slow;
  const [draft, setDraft] = useState<string | null>(null);
  const [all, setAll] = useState(false);
  const result = useQuery({
    queryKey: ['explore', 'compare', view.query, view.range.from, view.range.to, selection?.condition, selection?.window?.fromMs, selection?.window?.toMs],
    queryFn: async ({ signal }) => compare(metricsSource(view.query), selection as Selection, await resolveWindow(view.range, signal), signal),
    enabled: selection !== null,
    gcTime: 10 * 60_000,
    placeholderData: keepPreviousData,
  });
  const isChosen = (other: Selection | null) => other !== null && selection !== null && selection.window === null && selection.condition === other.condition;
  const shown = result.data?.differences ?? [];
  /** Conditions that may hold for different spans of a trace are filters of their own. */
  const showTraces = (...conditions: string[]) => {
    const [first, ...others] = conditions;
    const query = others.length === 0 && view.query.trim() === '' ? `{ ${first} }` : others.length === 0 ? withTrace(view.query, first) : conditions.reduce(withTrace, view.query);
    onChange({ query, tab: 'traces', selection: null, sort: isChosen(errorSelection) ? 'start' : 'duration' });
  };
  return (
    <div className="panel-page">
      <div className="panel-controls">
        <span>{t.compare.what}</span>
        <button type="button" className="chip" aria-pressed={isChosen(slow)} disabled={slow === null} onClick={() => onChange({ selection: slow })}>
          {t.compare.slow(formatPercent(slowShare, lang))}
        </button>
        <button type="button" className="chip" aria-pressed={isChosen(errorSelection)} disabled={!hasErrors} onClick={() => onChange({ selection: errorSelection })}>
          {t.compare.errors}
        </button>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (draft !== null && draft.trim() !== '') {
              onChange({ selection: { condition: draft.trim(), window: selection?.window ?? null } });
              setDraft(null);
            }
          }}
        >
          <input className="field mono" aria-label={t.compare.condition} value={draft ?? selection?.condition ?? ''} spellCheck={false} autoComplete="off" onChange={(event) => setDraft(event.target.value)} onBlur={() => draft === '' && setDraft(null)} />
        </form>
        <span className="sub">{t.compare.dragHint}</span>
      </div>
      {result.error !== null && !result.isFetching ? (
        <div className="notice notice-error" role="alert">
          <Icon name="error" size={20} />
          <p className="mono notice-message">{result.error.message}</p>
        </div>
      ) : result.data === undefined ? (
        selection === null && strip !== undefined ? <p className="panel-empty">{t.compare.nothing}</p> : <Skeleton />
      ) : result.data.selected === 0 ? (
        <p className="panel-empty">{t.compare.noneSelected}</p>
      ) : (
        <div className="panel-scroll" data-stale={result.isPlaceholderData}>
          <p className="panel-lead" aria-live="polite">
            {t.compare.sizes(formatCount(result.data.selected, lang), formatCount(result.data.rest, lang))}
            {result.data.searched.incomplete !== null && ` ${t.search.incomplete(result.data.searched.incomplete)}`}
          </p>
          <ul className="compare-sentences">
            {result.data.together !== null && (
              <li>
                <Together comparison={result.data} />
                <button type="button" className="button button-small" onClick={() => result.data.together !== null && showTraces(conditionOf(result.data.together.first), conditionOf(result.data.together.second))}>
                  <Icon name="filter" size={12} />
                  {t.compare.show}
                </button>
              </li>
            )}
            {shown.slice(0, sentences).map((d) => (
              <li key={keyOf(d)}>
                <Sentence difference={d} comparison={result.data} />
              </li>
            ))}
          </ul>
          <table className="panel-table compare-table">
            <thead>
              <tr>
                <th scope="col">{t.compare.attribute}</th>
                <th scope="col">{t.compare.value}</th>
                <th scope="col">{t.compare.inSelection}</th>
                <th scope="col">{t.compare.inRest}</th>
                <th scope="col">
                  <span className="visually-hidden">{t.compare.actions}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.slice(0, all ? shown.length : shownAtFirst).map((d) => (
                <tr key={keyOf(d)}>
                  <th scope="row">
                    {d.service !== '' && <span className="sub">{d.service} </span>}
                    <code title={d.field}>{d.field}</code>
                  </th>
                  <td className="compare-value" title={String(d.value)}>
                    {String(d.value)}
                  </td>
                  <td>
                    <Share className="share-selected" part={d.selected} whole={result.data.selected} lang={lang} />
                  </td>
                  <td>
                    <Share className="share-rest" part={d.rest} whole={result.data.rest} lang={lang} />
                  </td>
                  <td className="row-tools">
                    <button type="button" className="button button-small" onClick={() => showTraces(conditionOf(d))}>
                      <Icon name="filter" size={12} />
                      {t.compare.show}
                    </button>
                    <button type="button" className="icon-button" aria-label={t.compare.groupBy(d.field)} title={t.compare.groupBy(d.field)} onClick={() => onChange({ tab: 'breakdown', by: d.field })}>
                      <Icon name="group" size={13} />
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
          {!all && shown.length > shownAtFirst && (
            <button type="button" className="button" onClick={() => setAll(true)}>
              {t.compare.all(formatCount(shown.length, lang))}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function keyOf(d: Difference): string {
  return `${d.service} ${d.field} ${typeof d.value} ${d.value}`;
}

/** The search, of traces that also have a span for which a condition holds: what is compared are traces. */
function withTrace(query: string, condition: string): string {
  return query.trim() === '' || /^\{\s*\}$/.test(query.trim()) ? `{ ${condition} }` : addTraceCondition(query, condition);
}

/** Values that say most when both are there. */
function Together({ comparison }: { comparison: Comparison }) {
  const { t, lang } = usePreferences();
  if (comparison.together === null) {
    return null;
  }
  const { first, second, selected, rest } = comparison.together;
  const [before, after] = t.compare.together(formatPercent(selected / Math.max(1, comparison.selected), lang), formatPercent(rest / Math.max(1, comparison.rest), lang)).split('|');
  return (
    <span>
      {before}
      <Value difference={first} /> {t.compare.and} <Value difference={second} />
      {after}
    </span>
  );
}

function Value({ difference: d }: { difference: Difference }) {
  return (
    <>
      {d.service !== '' && <span className="sub">{d.service} </span>}
      <code>{d.field}</code> = <strong>{String(d.value)}</strong>
    </>
  );
}

/** "`x` = y is in 92 % of the selection, 3 % of the rest." */
function Sentence({ difference: d, comparison }: { difference: Difference; comparison: Comparison }) {
  const { t, lang } = usePreferences();
  const [before, between, after] = t.compare.sentence(formatPercent(d.selected / Math.max(1, comparison.selected), lang), formatPercent(d.rest / Math.max(1, comparison.rest), lang)).split('|');
  return (
    <>
      {before}
      <Value difference={d} />
      {between}
      {after}
    </>
  );
}

function Share({ part, whole, className, lang }: { part: number; whole: number; className: string; lang: string }) {
  const share = whole === 0 ? 0 : part / whole;
  return (
    <span className="share">
      <span className="share-track" aria-hidden="true">
        <span className={className} style={{ width: `${share * 100}%` }} />
      </span>
      <span className="num share-percent">{formatPercent(share, lang)}</span>
      <span className="num sub share-count">{formatCount(part, lang)}</span>
    </span>
  );
}
