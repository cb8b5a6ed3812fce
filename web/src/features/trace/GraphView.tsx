import { useMemo, useState } from 'react';
import { usePreferences } from '../../app/preferences';
import { colourVariable } from '../../model/colours';
import { formatCount, formatDuration } from '../../model/format';
import { callGraph } from '../../model/trace/calls';
import type { ViewProps } from './views';

const nodeWidth = 250;
const nodeHeight = 54;
const gapX = 22;
const gapY = 34;
const operationsLimit = 150;

/** Who calls whom in this trace: a box for each operation (or service), joined by its calls. */
export function GraphView({ session, self, slots, onOpen }: ViewProps) {
  const { table } = session;
  const { t, lang } = usePreferences();
  const fine = useMemo(() => callGraph(table, self, true), [table, self]);
  const [byOperation, setByOperation] = useState(fine.nodes.length <= operationsLimit);
  const graph = useMemo(() => (byOperation ? fine : callGraph(table, self, false)), [byOperation, fine, table, self]);
  const x = (place: number) => place * (nodeWidth + gapX);
  const y = (layer: number) => layer * (nodeHeight + gapY);
  const width = x(graph.widest) - gapX;
  const height = y(graph.layers) - gapY;
  const mostCalls = graph.edges.reduce((most, e) => Math.max(most, e.calls), 1);
  return (
    <div className="trace-view call-graph">
      <div className="flame-bar">
        <p className="num">{t.views.graphSize(formatCount(graph.nodes.length, lang), formatCount(graph.edges.length, lang))}</p>
        <div className="segmented" role="group" aria-label={t.views.groupBy}>
          <button type="button" aria-pressed={byOperation} disabled={fine.nodes.length > operationsLimit * 4} onClick={() => setByOperation(true)}>
            {t.views.byOperation}
          </button>
          <button type="button" aria-pressed={!byOperation} onClick={() => setByOperation(false)}>
            {t.views.byService}
          </button>
        </div>
      </div>
      <div className="call-graph-scroll" tabIndex={0}>
        <div className="call-graph-area" style={{ width, height }}>
          <svg width={width} height={height} aria-hidden="true">
            {graph.edges.map((edge) => {
              const from = graph.nodes[edge.from];
              const to = graph.nodes[edge.to];
              const x1 = x(from.place) + nodeWidth / 2;
              const y1 = y(from.layer) + nodeHeight;
              const back = to.layer <= from.layer;
              const x2 = x(to.place) + nodeWidth / 2;
              const y2 = back ? y(to.layer) + nodeHeight : y(to.layer);
              const bend = back ? 40 : Math.max(16, (y2 - y1) / 2);
              return <path key={`${edge.from} ${edge.to}`} className={edge.errors > 0 ? 'call-edge call-edge-error' : 'call-edge'} style={{ strokeWidth: 1 + 3 * Math.sqrt(edge.calls / mostCalls) }} d={`M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${back ? y2 + bend : y2 - bend} ${x2} ${y2}`} />;
            })}
          </svg>
          <ul aria-label={t.views.view_graph}>
            {graph.nodes.map((node) => (
              <li key={`${node.service} ${node.name}`} style={{ left: x(node.place), top: y(node.layer), width: nodeWidth, height: nodeHeight }}>
                <button type="button" className={node.errors > 0 ? 'call-node call-node-error' : 'call-node'} style={{ borderLeftColor: colourVariable(slots[node.service]) }} onClick={() => onOpen(node.example)}>
                  <strong>{node.name < 0 ? table.services[node.service] : table.names[node.name]}</strong>
                  <span className="sub num">
                    {node.name >= 0 && `${table.services[node.service]} · `}
                    {t.views.node(formatCount(node.spans, lang), formatDuration(node.selfNs))}
                    {node.errors > 0 && ` · ${t.search.errors(node.errors, formatCount(node.errors, lang))}`}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      </div>
    </div>
  );
}
