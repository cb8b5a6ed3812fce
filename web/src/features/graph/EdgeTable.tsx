import type { MeshGraph } from '../../api/graph';
import { usePreferences } from '../../app/preferences';
import { percentText, rateText, timeText } from '../../model/graph/labels';
import { Health } from './panelParts';

/** The graph as a table: for screen readers, and for whoever would rather read. */
export function EdgeTable({ graph, selected, onSelect, label }: { graph: MeshGraph; selected: string; onSelect(id: string): void; label?: string }) {
  const { t } = usePreferences();
  const name = new Map(graph.nodes.map((node) => [node.id, node.namespace !== '' && node.namespace !== 'unknown' && node.kind !== 'box' ? `${node.name}${node.version ? ` ${node.version}` : ''} (${node.namespace})` : node.name]));
  const rows = [...graph.edges].sort((a, b) => b.rates.rate - a.rates.rate);
  return (
    <div className="graph-table-view" tabIndex={0} role="region" aria-label={label ?? t.graph.tableCaption}>
      <table className="graph-table">
        <caption className="visually-hidden">{label ?? t.graph.tableCaption}</caption>
        <thead>
          <tr>
            <th scope="col">{t.graph.source}</th>
            <th scope="col">{t.graph.target}</th>
            <th scope="col">{t.graph.protocol}</th>
            <th scope="col">{t.graph.health}</th>
            <th scope="col" className="num">
              {t.graph.requests}
            </th>
            <th scope="col" className="num">
              {t.graph.errors}
            </th>
            <th scope="col" className="num">
              {t.graph.label_p95}
            </th>
            <th scope="col">{t.graph.encryption}</th>
            {graph.comparedWith !== undefined && <th scope="col">{t.graph.compare}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((edge) => (
            <tr key={edge.id} aria-selected={edge.id === selected}>
              <th scope="row">
                <button type="button" className="inline-button" onClick={() => onSelect(edge.id)}>
                  {name.get(edge.source)}
                </button>
              </th>
              <td>{name.get(edge.target)}</td>
              <td>{edge.protocol}</td>
              <td>
                <Health name={edge.health} />
              </td>
              <td className="num">{rateText(edge, true)}</td>
              <td className="num">{edge.protocol === 'tcp' ? '–' : percentText(edge.errorPercent)}</td>
              <td className="num">{edge.latency?.p95 === undefined ? '–' : timeText(edge.latency.p95)}</td>
              <td>{edge.mtls === undefined ? t.graph.mtlsUnknown : edge.mtls.percent >= 100 ? t.graph.mtlsAll : edge.mtls.percent > 0 ? t.graph.mtlsPart(percentText(edge.mtls.percent)) : t.graph.mtlsNone}</td>
              {graph.comparedWith !== undefined && <td>{edge.change ? t.graph[`change_${edge.change}`] : ''}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function edgesCsv(graph: MeshGraph): string {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const quote = (value: string | number | undefined) => {
    const text = value === undefined ? '' : String(value);
    // A cell that begins like a formula would be run by a spreadsheet.
    const safe = /^[=+\-@\t\r]/.test(text) && typeof value === 'string' ? `'${text}` : text;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const head = ['source_namespace', 'source', 'source_version', 'target_namespace', 'target', 'target_version', 'protocol', 'rate', 'errors', 'error_percent', 'p50_ms', 'p95_ms', 'p99_ms', 'mtls_percent', 'evidence'];
  const rows = graph.edges.map((edge) => {
    const source = byId.get(edge.source);
    const target = byId.get(edge.target);
    return [
      source?.namespace, source?.name, source?.version, target?.namespace, target?.name, target?.version, edge.protocol, edge.rates.rate, edge.rates.errors, edge.errorPercent,
      edge.latency?.p50, edge.latency?.p95, edge.latency?.p99, edge.mtls?.percent, edge.evidence.join(' '),
    ].map(quote).join(',');
  });
  return [head.join(','), ...rows, ''].join('\n');
}
