import { Link } from '../../app/Link';
import { carriedParams, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { normaliseSpanId, normaliseTraceId } from '../../model/ids';
import type { SpanLink } from '../../model/trace/detail';
import { AttributeRow } from './AttributeSection';

/** Links to spans of other traces (or of this one): a message's producer, the request that started a batch. */
export function LinkList({ links, dropped }: { links: SpanLink[]; dropped: number }) {
  const { t } = usePreferences();
  const { params } = usePlace();
  if (links.length === 0 && dropped === 0) {
    return null;
  }
  return (
    <section className="panel-section">
      <h3>
        {t.span.links} <span className="num sub">{links.length}</span>
      </h3>
      <ol className="events">
        {links.map((link, index) => {
          const traceId = normaliseTraceId(link.traceId);
          const spanId = normaliseSpanId(link.spanId);
          const target = carriedParams(params);
          if (spanId !== null) {
            target.set('span', spanId);
          }
          return (
            <li key={index} className="event">
              {traceId === null ? (
                <code>{link.traceId}</code>
              ) : (
                <Link path={`/trace/${traceId}`} params={target}>
                  <code>{traceId}</code>
                </Link>
              )}
              <dl className="attributes">
                {link.attributes.map((attribute, i) => (
                  <AttributeRow key={`${attribute.key} ${i}`} attribute={attribute} condition={null} />
                ))}
              </dl>
            </li>
          );
        })}
      </ol>
      {dropped > 0 && <p className="panel-note">{t.span.dropped(dropped)}</p>}
    </section>
  );
}
