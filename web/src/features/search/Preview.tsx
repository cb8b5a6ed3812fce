import type { TraceSummary } from '../../api/search';
import { Link } from '../../app/Link';
import { carriedParams, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { assignColours, colourVariable } from '../../model/colours';
import { formatCount, formatDuration, formatMoment } from '../../model/format';
import { Icon } from '../../ui/Icon';

/** The trace that the keyboard stands on, in short, beside the list. */
export function Preview({ trace, onClose }: { trace: TraceSummary; onClose(): void }) {
  const { t, lang, zone } = usePreferences();
  const { params } = usePlace();
  const colours = assignColours(trace.services.map((s) => s.name));
  return (
    <aside className="preview" aria-label={t.preview.label}>
      <header>
        <h3>{trace.rootName === '' ? t.search.noRoot : trace.rootName}</h3>
        <button type="button" className="icon-button" onClick={onClose} aria-label={t.common.close} title={t.common.close}>
          <Icon name="close" size={14} />
        </button>
      </header>
      <p className="sub">
        {trace.rootService === '' ? t.search.noRootService : trace.rootService} · <span className="num">{formatMoment(trace.startMs, zone)}</span> · <span className="num">{formatDuration(trace.durationMs * 1e6)}</span>
      </p>
      <h4>{t.search.columnServices}</h4>
      <ul className="preview-services">
        {trace.services.map((service) => (
          <li key={service.name}>
            <span className="dot" style={{ background: colourVariable(colours.get(service.name) ?? 0) }} />
            <span>{service.name}</span>
            {service.errors > 0 && <span className="error-badge">{t.search.errors(service.errors, formatCount(service.errors, lang))}</span>}
            <span className="num sub">{formatCount(service.spans, lang)}</span>
          </li>
        ))}
      </ul>
      <h4>{t.preview.matched(formatCount(trace.matched, lang))}</h4>
      <ul className="preview-spans">
        {trace.spans.map((span) => {
          const target = carriedParams(params);
          target.set('span', span.spanId);
          return (
            <li key={span.spanId}>
              <Link path={`/trace/${trace.traceId}`} params={target}>
                {span.name}
              </Link>
              <span className="num sub">{formatDuration(span.durationNs)}</span>
            </li>
          );
        })}
      </ul>
    </aside>
  );
}
