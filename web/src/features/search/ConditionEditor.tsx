import { useQuery } from '@tanstack/react-query';
import { useId, useMemo, useState } from 'react';
import { countedValues, fieldNames } from '../../api/tags';
import { usePreferences } from '../../app/preferences';
import { operators, writeCondition, type Condition, type Literal, type Operator } from '../../model/builder';
import { formatCount } from '../../model/format';
import type { TimeRange } from '../../model/time';
import { Combobox } from '../../ui/Combobox';
import { resolveWindow } from './window';

interface ConditionEditorProps {
  initial: Condition | null;
  /** The rest of the query: values and their counts are those of the spans that it leaves. */
  rest: string;
  range: TimeRange;
  onApply(condition: string): void;
  onRemove?(): void;
}

const shownLimit = 100;
const numeric = /^-?\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h)?$/;

/** One condition in parts: field, comparison, values. The values come with their counts among the spans that the other conditions leave. */
export function ConditionEditor({ initial, rest, range, onApply, onRemove }: ConditionEditorProps) {
  const { t, lang } = usePreferences();
  const id = useId();
  const [field, setField] = useState(initial?.field ?? '');
  const [op, setOp] = useState<Operator>(initial?.op ?? '=');
  const [values, setValues] = useState<Literal[]>(initial?.values ?? []);
  const [typed, setTyped] = useState('');
  const fields = useQuery({ queryKey: ['fields'], queryFn: ({ signal }) => fieldNames(signal), staleTime: 60_000 });
  const known = useQuery({
    queryKey: ['explore', 'values', field, rest, range.from, range.to],
    queryFn: async ({ signal }) => countedValues(field, rest, await resolveWindow(range, signal), signal),
    enabled: field !== '',
    staleTime: 30_000,
  });
  const single = op !== '=' && op !== '!=' && op !== '=~' && op !== '!~';
  const shown = useMemo(() => {
    const wanted = typed.trim().toLowerCase();
    const list = known.data ?? [];
    return (wanted === '' ? list : list.filter((v) => v.text.toLowerCase().includes(wanted))).slice(0, shownLimit);
  }, [known.data, typed]);
  const isChosen = (text: string) => values.some((v) => v.text === text);
  const choose = (literal: Literal) => setValues(single ? [literal] : isChosen(literal.text) ? values.filter((v) => v.text !== literal.text) : [...values, literal]);
  const typedLiteral = (): Literal => {
    const text = typed.trim();
    const like = known.data?.find((v) => v.text === text) ?? known.data?.[0];
    const isPattern = op === '=~' || op === '!~';
    return { text, quoted: isPattern || !(numeric.test(text) && like?.quoted !== true) };
  };
  const chosen = typed.trim() === '' || isChosen(typed.trim()) ? values : single ? [typedLiteral()] : [...values, typedLiteral()];
  const ready = field !== '' && chosen.length > 0;
  const apply = () => {
    if (ready) {
      onApply(writeCondition({ field, op, values: chosen }));
    }
  };
  return (
    <form
      className="condition-editor"
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <div className="condition-head">
        <Combobox
          label={t.builder.field}
          placeholder={t.builder.fieldPlaceholder}
          value={field}
          options={fields.data ?? []}
          emptyText={t.builder.noField}
          clearLabel={t.builder.clearField}
          autoFocus={initial === null}
          onChange={(next) => {
            setField(next);
            setValues([]);
            setTyped('');
          }}
        />
        <select className="field" aria-label={t.builder.comparison} value={op} onChange={(event) => setOp(operators.find((o) => o === event.target.value) ?? '=')}>
          {operators.map((o) => (
            <option key={o} value={o}>
              {o}
            </option>
          ))}
        </select>
      </div>
      {field !== '' && (
        <>
          <input
            className="field"
            aria-label={t.builder.value}
            aria-controls={`${id}-values`}
            placeholder={t.builder.valuePlaceholder}
            autoFocus={initial !== null}
            value={typed}
            spellCheck={false}
            autoComplete="off"
            onChange={(event) => setTyped(event.target.value)}
          />
          <div className="condition-values" id={`${id}-values`} role="group" aria-label={t.builder.values} aria-busy={known.isFetching}>
            {values
              .filter((v) => !(known.data ?? []).some((k) => k.text === v.text))
              .map((v) => (
                <Value key={v.text} text={v.text} count={null} checked onChange={() => choose(v)} />
              ))}
            {shown.map((v) => (
              <Value key={v.text} text={v.text} count={formatCount(v.spans, lang)} checked={isChosen(v.text)} onChange={() => choose({ text: v.text, quoted: v.quoted })} />
            ))}
            {known.data !== undefined && shown.length === 0 && <p className="sub">{t.builder.noValue}</p>}
            {known.error !== null && <p className="sub">{known.error.message}</p>}
          </div>
        </>
      )}
      <div className="condition-actions">
        {onRemove !== undefined && (
          <button type="button" className="button" onClick={onRemove}>
            {t.builder.remove}
          </button>
        )}
        <button type="submit" className="button button-primary" disabled={!ready}>
          {t.builder.apply}
        </button>
      </div>
    </form>
  );
}

function Value({ text, count, checked, onChange }: { text: string; count: string | null; checked: boolean; onChange(): void }) {
  return (
    <label className="condition-value">
      <input type="checkbox" checked={checked} onChange={onChange} />
      <span title={text}>{text}</span>
      {count !== null && <span className="num sub">{count}</span>}
    </label>
  );
}
