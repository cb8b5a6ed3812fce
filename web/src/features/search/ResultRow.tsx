import type { TraceSummary } from '../../api/search';
import { Link } from '../../app/Link';
import { carriedParams, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { colourVariable } from '../../model/colours';
import { formatAgo, formatClock, formatCount, formatDay, formatDuration } from '../../model/format';
import { Icon } from '../../ui/Icon';
import { answerName } from './fields';

/** Pixels; the css has the same number. */
export const rowHeight = 48;

interface ResultRowProps {
  trace: TraceSummary;
  index: number;
  colours: Map<string, number>;
  longestMs: number;
  now: number;
  columns: string[];
  template: string | undefined;
  onOpen(): void;
}

export function ResultRow({ trace, index, colours, longestMs, now, columns, template, onOpen }: ResultRowProps) {
  const { t, lang, zone } = usePreferences();
  const { params } = usePlace();
  const colour = (service: string) => colourVariable(colours.get(service) ?? 0);
  const share = longestMs > 0 ? Math.max(0.004, trace.durationMs / longestMs) : 0;
  const today = formatDay(trace.startMs, zone) === formatDay(now, zone);
  return (
    <div role="row" aria-rowindex={index + 2} data-row={index} className="result-row result-grid" style={{ gridTemplateColumns: template, transform: `translateY(${index * rowHeight}px)` }}>
      <div role="cell" className="cell-start">
        <span className="num">{today ? formatClock(trace.startMs, zone) : `${formatDay(trace.startMs, zone)} ${formatClock(trace.startMs, zone).slice(0, 8)}`}</span>
        <span className="sub">{formatAgo(trace.startMs, now, lang)}</span>
      </div>
      <div role="cell" className="cell-name">
        <Link className="result-link" path={`/trace/${trace.traceId}`} params={carriedParams(params)} onClick={onOpen}>
          {trace.rootName === '' ? t.search.noRoot : trace.rootName}
        </Link>
        <span className="sub">
          <span className="dot" style={{ background: colour(trace.rootService) }} />
          {trace.rootService === '' ? t.search.noRootService : trace.rootService}
        </span>
      </div>
      <div role="cell" className="cell-services">
        <span className="sub num">{t.search.services(trace.services.length)}</span>
        <span className="service-strip" aria-hidden="true">
          {trace.services.map((service) => (
            <span key={service.name} style={{ flexGrow: service.spans, background: colour(service.name) }} title={`${service.name} · ${formatCount(service.spans, lang)}`} />
          ))}
        </span>
      </div>
      <div role="cell" className="cell-errors">
        {trace.errorCount > 0 && (
          <span className="error-badge">
            <Icon name="error" size={12} />
            {t.search.errors(trace.errorCount, formatCount(trace.errorCount, lang))}
          </span>
        )}
      </div>
      <div role="cell" className="cell-spans num">
        {formatCount(trace.spanCount, lang)}
      </div>
      <div role="cell" className="cell-duration">
        <span className="num">{trace.durationMs < 1 ? t.search.belowMs : formatDuration(trace.durationMs * 1e6)}</span>
        <span className="duration-track" aria-hidden="true">
          <span style={{ width: `${share * 100}%`, background: colour(trace.rootService) }} />
        </span>
      </div>
      {columns.map((field) => {
        const values = [...new Set(trace.spans.map((span) => span.fields[answerName(field)]).filter((v) => v !== undefined))];
        return (
          <div key={field} role="cell" className="span-field" title={values.join(', ')}>
            {values.length === 0 ? <span className="sub">–</span> : values.join(', ')}
          </div>
        );
      })}
    </div>
  );
}
