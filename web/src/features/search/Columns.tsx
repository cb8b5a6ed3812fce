import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { fieldNames } from '../../api/tags';
import { usePreferences } from '../../app/preferences';
import { columnsLimit } from '../../model/urlState';
import { Combobox } from '../../ui/Combobox';
import { Icon } from '../../ui/Icon';
import { Popover } from '../../ui/Popover';

/** Which fields stand as columns. */
export function Columns({ columns, onChange }: { columns: string[]; onChange(columns: string[]): void }) {
  const { t } = usePreferences();
  const [open, setOpen] = useState(false);
  const fields = useQuery({ queryKey: ['fields'], queryFn: ({ signal }) => fieldNames(signal), staleTime: 60_000, enabled: open });
  return (
    <span className="query-add">
      <button type="button" className="chip" aria-haspopup="dialog" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="columns" size={14} />
        {t.columns.title}
        {columns.length > 0 && <span className="num">{columns.length}</span>}
      </button>
      <Popover open={open} onClose={() => setOpen(false)} label={t.columns.title} align="end">
        <div className="condition-editor">
          <Combobox
            label={t.columns.add}
            placeholder={t.columns.add}
            value=""
            options={(fields.data ?? []).filter((f) => !columns.includes(f))}
            emptyText={t.builder.noField}
            clearLabel={t.builder.clearField}
            autoFocus
            disabled={columns.length >= columnsLimit}
            onChange={(field) => field !== '' && onChange([...columns, field])}
          />
          <ul className="column-list">
            {columns.map((field) => (
              <li key={field}>
                <code>{field}</code>
                <button type="button" className="icon-button" aria-label={t.columns.remove(field)} title={t.columns.remove(field)} onClick={() => onChange(columns.filter((f) => f !== field))}>
                  <Icon name="close" size={12} />
                </button>
              </li>
            ))}
          </ul>
          {columns.length === 0 && <p className="sub">{t.columns.none}</p>}
        </div>
      </Popover>
    </span>
  );
}
