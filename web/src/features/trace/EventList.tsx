import { usePreferences } from '../../app/preferences';
import { formatDuration } from '../../model/format';
import type { SpanEvent } from '../../model/trace/detail';
import { CopyButton } from '../../ui/CopyButton';
import { AttributeRow, matchesFilter } from './AttributeSection';

interface EventListProps {
  title: string;
  events: SpanEvent[];
  filter: string;
  dropped?: number;
}

const exceptionKeys = new Set(['exception.type', 'exception.message', 'exception.stacktrace']);

export function EventList({ title, events, filter, dropped = 0 }: EventListProps) {
  const { t } = usePreferences();
  const wanted = filter.trim().toLowerCase();
  const shown = events.filter((event) => event.name.toLowerCase().includes(wanted) || event.attributes.some((a) => matchesFilter(a, filter)));
  if (shown.length === 0 && dropped === 0) {
    return null;
  }
  return (
    <section className="panel-section">
      <h3>
        {title} <span className="num sub">{shown.length}</span>
      </h3>
      <ol className="events">
        {shown.map((event, index) => (
          <li key={index} className={event.exception === null ? 'event' : 'event event-exception'}>
            <div className="event-head">
              <span className="event-name">{event.exception === null || event.exception.type === '' ? event.name : event.exception.type}</span>
              <span className="num sub">{t.span.after(formatDuration(event.offsetNs))}</span>
            </div>
            {event.exception !== null && event.exception.message !== '' && <p className="event-message">{event.exception.message}</p>}
            {event.exception !== null && event.exception.stack !== '' && (
              <details className="stack">
                <summary>{t.span.stackTrace}</summary>
                <CopyButton text={event.exception.stack} label={t.span.copyStack} />
                <pre tabIndex={0}>{event.exception.stack}</pre>
              </details>
            )}
            <dl className="attributes">
              {event.attributes
                .filter((a) => event.exception === null || !exceptionKeys.has(a.key))
                .map((attribute, i) => (
                  <AttributeRow key={`${attribute.key} ${i}`} attribute={attribute} condition={null} />
                ))}
            </dl>
          </li>
        ))}
      </ol>
      {dropped > 0 && <p className="panel-note">{t.span.dropped(dropped)}</p>}
    </section>
  );
}
