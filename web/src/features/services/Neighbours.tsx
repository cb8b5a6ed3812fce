import type { Neighbour } from '../../api/services';
import { Link } from '../../app/Link';
import { usePreferences } from '../../app/preferences';
import { assignColours, colourVariable } from '../../model/colours';
import { formatCount, formatDuration, formatPercent } from '../../model/format';
import { Skeleton } from '../search/Skeleton';

/** Who calls a service, or whom it calls. Those that have spans of their own lead to their page, the others to their calls. */
export function Neighbours({ list, none, ranged, callsOf }: { list: Neighbour[] | undefined; none: string; ranged: URLSearchParams; callsOf(neighbour: Neighbour): URLSearchParams }) {
  const { t, lang } = usePreferences();
  if (list === undefined) {
    return <Skeleton />;
  }
  if (list.length === 0) {
    return <p className="panel-empty">{none}</p>;
  }
  const colours = assignColours(list.map((n) => n.name));
  return (
    <table className="panel-table neighbours-table">
      <thead>
        <tr>
          <th scope="col">{t.search.service}</th>
          <th scope="col" className="cell-number">
            {t.services.calls}
          </th>
          <th scope="col" className="cell-number">
            {t.breakdown.errors}
          </th>
          <th scope="col" className="cell-number">
            {t.breakdown.p95}
          </th>
        </tr>
      </thead>
      <tbody>
        {list.map((n) => (
          <tr key={`${n.kind} ${n.name}`}>
            <th scope="row">
              {n.kind === 'service' ? (
                <Link className="services-link" path={`/services/${encodeURIComponent(n.name)}`} params={ranged}>
                  <span className="dot" style={{ background: colourVariable(colours.get(n.name) ?? 0) }} />
                  {n.name}
                </Link>
              ) : (
                <Link className="services-link" path="/" params={callsOf(n)}>
                  <span className="dot dot-external" />
                  {n.name}
                </Link>
              )}
            </th>
            <td className="cell-number num">{formatCount(n.calls, lang)}</td>
            <td className={n.errors > 0 ? 'cell-number num strip-bad' : 'cell-number num'}>{formatPercent(n.errors / Math.max(1, n.calls), lang)}</td>
            <td className="cell-number num">{formatDuration(n.p95Ns)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
