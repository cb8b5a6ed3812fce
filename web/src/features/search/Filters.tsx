import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { tagValues } from '../../api/tags';
import { usePreferences } from '../../app/preferences';
import { assignColours, colourVariable } from '../../model/colours';
import { parseMinDuration, readFilters, writeFilter, type FilterName } from '../../model/query';
import { limits, type SearchView } from '../../model/urlState';
import { Combobox } from '../../ui/Combobox';
import { Icon } from '../../ui/Icon';

const durationPresets: readonly string[] = ['10ms', '100ms', '500ms', '1s', '5s'];

/** Quick filters. They read the query text and write into it; they hold nothing themselves. */
export function Filters({ view, onChange, children }: { view: SearchView; onChange(next: Partial<SearchView>): void; children: ReactNode }) {
  const { t } = usePreferences();
  const services = useQuery({ queryKey: ['services'], queryFn: ({ signal }) => tagValues('resource.service.name', signal), staleTime: 30_000 });
  const names = useMemo(() => services.data ?? [], [services.data]);
  const colours = useMemo(() => assignColours(names), [names]);
  const filters = readFilters(view.query);
  const write = (name: FilterName, value: string) => onChange({ query: writeFilter(view.query, name, value) });
  const disabled = !filters.editable;
  return (
    <div className="filters" role="group" aria-label={t.search.filters}>
      <Combobox
        label={t.search.service}
        placeholder={t.search.anyService}
        value={filters.editable ? filters.service : ''}
        options={names}
        emptyText={t.search.noService}
        clearLabel={t.search.clearService}
        disabled={disabled}
        onChange={(value) => write('service', value)}
        renderOption={(option) => (
          <>
            <span className="dot" style={{ background: colourVariable(colours.get(option) ?? 0) }} /> {option}
          </>
        )}
      />
      <button type="button" className="chip" aria-pressed={filters.editable && filters.error} disabled={disabled} onClick={() => write('status', filters.editable && filters.error ? '' : 'error')}>
        <Icon name="error" size={14} />
        {t.search.errorsOnly}
      </button>
      <MinDuration value={filters.editable ? filters.minDuration : ''} disabled={disabled} onChange={(value) => write('minDuration', value)} />
      {children}
      {!filters.editable && <p className="filters-note">{t.search[`byHand_${filters.reason}`]}</p>}
      <label className="filters-limit">
        <span>{t.search.limit}</span>
        <select className="field" value={view.limit} onChange={(event) => onChange({ limit: Number(event.target.value) })}>
          {[...new Set([...limits, view.limit])].sort((a, b) => a - b).map((limit) => (
            <option key={limit} value={limit}>
              {limit}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

function MinDuration({ value, disabled, onChange }: { value: string; disabled: boolean; onChange(value: string): void }) {
  const { t } = usePreferences();
  const [draft, setDraft] = useState(value);
  useEffect(() => setDraft(value), [value]);
  const parsed = parseMinDuration(draft);
  const commit = () => {
    if (parsed !== null && parsed !== value) {
      onChange(parsed);
    } else if (parsed === null) {
      setDraft(value);
    }
  };
  return (
    <label className="min-duration">
      <span>{t.search.minDuration}</span>
      <input
        className="field"
        list="duration-presets"
        placeholder={t.search.anyDuration}
        value={draft}
        disabled={disabled}
        aria-invalid={parsed === null}
        onChange={(event) => {
          setDraft(event.target.value);
          // A preset picked from the list arrives as one change, without a key.
          if (durationPresets.includes(event.target.value) && !(event.nativeEvent instanceof InputEvent && event.nativeEvent.inputType.startsWith('insertText'))) {
            onChange(event.target.value);
          }
        }}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
            event.preventDefault();
            commit();
          } else if (event.key === 'Escape') {
            setDraft(value);
          }
        }}
      />
      <datalist id="duration-presets">
        {durationPresets.map((preset) => (
          <option key={preset} value={preset} />
        ))}
      </datalist>
    </label>
  );
}
