import { useMemo } from 'react';
import { usePreferences } from '../../app/preferences';
import { colourVariable } from '../../model/colours';
import { formatCount } from '../../model/format';
import type { TraceTable } from '../../model/trace/table';
import { Icon } from '../../ui/Icon';

interface ServiceLegendProps {
  table: TraceTable;
  slots: Int32Array;
  find: string;
  onFind(text: string): void;
}

/** The services of the trace with their colours, most spans first. Choosing one finds its spans. */
export function ServiceLegend({ table, slots, find, onFind }: ServiceLegendProps) {
  const { t, lang } = usePreferences();
  const order = useMemo(() => table.services.map((_, i) => i).sort((a, b) => table.spansOfService[b] - table.spansOfService[a]), [table]);
  return (
    <div className="legend" role="group" aria-label={t.trace.legend}>
      {order.map((service) => {
        const text = /\s/.test(table.services[service]) ? `service="${table.services[service]}"` : `service=${table.services[service]}`;
        const errors = table.errorsOfService[service];
        return (
          <button key={service} type="button" className="legend-item" aria-pressed={find === text} onClick={() => onFind(find === text ? '' : text)}>
            <span className="dot" style={{ background: colourVariable(slots[service]) }} />
            {table.services[service]}
            <span className="num sub">{formatCount(table.spansOfService[service], lang)}</span>
            {errors > 0 && (
              <span className="legend-errors num">
                <Icon name="error" size={11} />
                <span className="visually-hidden">{t.trace.errors}</span>
                {formatCount(errors, lang)}
              </span>
            )}
          </button>
        );
      })}
    </div>
  );
}
