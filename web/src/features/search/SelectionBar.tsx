import { usePreferences } from '../../app/preferences';
import { addCondition } from '../../model/builder';
import { formatMoment } from '../../model/format';
import { iso } from '../../model/time';
import type { SearchView, Selection } from '../../model/urlState';
import { Icon } from '../../ui/Icon';

interface SelectionBarProps {
  view: SearchView;
  selection: Selection;
  onChange(next: Partial<SearchView>): void;
}

/** What is selected, in words, and what can be done with it. */
export function SelectionBar({ view, selection, onChange }: SelectionBarProps) {
  const { t, zone } = usePreferences();
  const { condition, window } = selection;
  const filter = () =>
    onChange({
      query: condition === 'true' ? view.query : addCondition(view.query, condition),
      range: window === null ? view.range : { from: iso(window.fromMs), to: iso(window.toMs) },
      selection: null,
      tab: view.tab === 'compare' ? 'traces' : view.tab,
    });
  return (
    <div className="selection-bar" role="group" aria-label={t.compare.selected}>
      <p>
        <span>{t.compare.selected}</span>
        {condition !== 'true' && <code title={condition}>{condition}</code>}
        {window !== null && (
          <span className="num sub">
            {formatMoment(window.fromMs, zone)} – {formatMoment(window.toMs, zone)}
          </span>
        )}
      </p>
      {view.tab !== 'compare' && (
        <button type="button" className="button button-primary" onClick={() => onChange({ tab: 'compare' })}>
          <Icon name="compare" size={14} />
          {t.compare.withRest}
        </button>
      )}
      <button type="button" className="button" onClick={filter}>
        <Icon name="filter" size={14} />
        {t.compare.filterTo}
      </button>
      <button type="button" className="icon-button" onClick={() => onChange({ selection: null })} aria-label={t.compare.clear} title={t.compare.clear}>
        <Icon name="close" size={14} />
      </button>
    </div>
  );
}
