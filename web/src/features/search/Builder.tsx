import { useState } from 'react';
import { usePreferences } from '../../app/preferences';
import { addCondition, readBuilder, removeStage, restOf, writeChip, type Chip } from '../../model/builder';
import { readFilters } from '../../model/query';
import type { SearchView } from '../../model/urlState';
import { Icon } from '../../ui/Icon';
import { Popover } from '../../ui/Popover';
import { ConditionEditor } from './ConditionEditor';
import { Filters } from './Filters';

interface BuilderProps {
  view: SearchView;
  onChange(next: Partial<SearchView>): void;
}

/** The query in parts: quick filters, a chip for every other condition and stage. All of it is read from the text and written back into it. */
export function Builder({ view, onChange }: BuilderProps) {
  const { t } = usePreferences();
  const [open, setOpen] = useState<number | 'new' | null>(null);
  const builder = readBuilder(view.query);
  const write = (query: string) => {
    setOpen(null);
    onChange({ query });
  };
  const chips = builder.kind === 'filter' ? builder.chips.map((chip, index) => ({ chip, index })).filter(({ chip, index }) => !isQuick(builder.chips, index, chip)) : [];
  const whole = builder.kind === 'alternatives' ? builder.inner.text : builder.kind === 'structure' ? builder.whole.text : null;
  const stages = builder.kind === 'unreadable' ? [] : builder.stages;
  return (
    <Filters view={view} onChange={onChange}>
      {whole !== null && (
        <span className="query-chip" data-kind="text">
          <code title={whole}>{whole}</code>
        </span>
      )}
      {chips.map(({ chip, index }) => (
        <span key={`${index} ${chip.text}`} className="query-chip" data-kind={chip.condition === null ? 'text' : 'condition'}>
          {chip.condition === null ? (
            <code title={chip.text}>{chip.text}</code>
          ) : (
            <button type="button" className="query-chip-open" aria-haspopup="dialog" aria-expanded={open === index} aria-label={t.builder.edit(chip.text)} onClick={() => setOpen(open === index ? null : index)}>
              <span className="query-chip-field">{chip.condition.field}</span> <span className="query-chip-op">{chip.condition.op}</span> <span className="query-chip-value">{chip.condition.values.map((v) => v.text).join(', ')}</span>
            </button>
          )}
          <button type="button" className="query-chip-remove" aria-label={t.builder.removeChip(chip.text)} title={t.builder.remove} onClick={() => write(writeChip(view.query, index, null))}>
            <Icon name="close" size={10} />
          </button>
          <Popover open={open === index} onClose={() => setOpen(null)} label={t.builder.edit(chip.text)}>
            <ConditionEditor initial={chip.condition} rest={restOf(view.query, index)} range={view.range} onApply={(condition) => write(writeChip(view.query, index, condition))} onRemove={() => write(writeChip(view.query, index, null))} />
          </Popover>
        </span>
      ))}
      {stages.map((stage, index) => (
        <span key={`stage ${index} ${stage.text}`} className="query-chip" data-kind="stage">
          <code title={stage.text}>| {stage.text}</code>
          <button type="button" className="query-chip-remove" aria-label={t.builder.removeChip(stage.text)} title={t.builder.remove} onClick={() => write(removeStage(view.query, index))}>
            <Icon name="close" size={10} />
          </button>
        </span>
      ))}
      <span className="query-add">
        <button type="button" className="chip" disabled={builder.kind === 'unreadable'} aria-haspopup="dialog" aria-expanded={open === 'new'} onClick={() => setOpen(open === 'new' ? null : 'new')}>
          <Icon name="plus" size={12} />
          {t.builder.add}
        </button>
        <Popover open={open === 'new'} onClose={() => setOpen(null)} label={t.builder.add}>
          <ConditionEditor initial={null} rest={restOf(view.query, null)} range={view.range} onApply={(condition) => write(addCondition(view.query, condition))} />
        </Popover>
      </span>
    </Filters>
  );
}

/** True for the conditions that the quick filters show: the first of each kind. */
function isQuick(chips: readonly Chip[], index: number, chip: Chip): boolean {
  const alone = readFilters(`{ ${chip.text} }`);
  if (!alone.editable) {
    return false;
  }
  const kind = alone.service !== '' ? 'service' : alone.error ? 'error' : alone.minDuration !== '' ? 'minDuration' : null;
  if (kind === null) {
    return false;
  }
  return !chips.slice(0, index).some((other) => {
    const read = readFilters(`{ ${other.text} }`);
    return read.editable && (kind === 'service' ? read.service !== '' : kind === 'error' ? read.error : read.minDuration !== '');
  });
}
