import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { getJson } from '../../api/client';
import type { WireTrace } from '../../api/otlp';
import type { TraceSummary } from '../../api/search';
import { Link } from '../../app/Link';
import { carriedParams, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { assignColours, colourVariable } from '../../model/colours';
import { formatCount, formatDuration, formatPercent } from '../../model/format';
import { mergeTraces, type MergedNode } from '../../model/merged';
import { buildTrace } from '../../model/trace/build';
import type { SearchView } from '../../model/urlState';
import { Icon } from '../../ui/Icon';
import './panels.css';
import { Skeleton } from './Skeleton';

// Read whole: more would take seconds, and larger ones are no pattern that a person can see.
const tracesRead = 60;
const spansLimit = 3000;
const atOnce = 6;

/** The traces of the search laid over one another: which calls every request makes, which only some make, and where time and errors are. */
export function StructurePanel({ view, traces }: { view: SearchView; traces: TraceSummary[] | null }) {
  const { t, lang } = usePreferences();
  const chosen = (traces ?? []).filter((trace) => trace.spanCount <= spansLimit).slice(0, tracesRead);
  const result = useQuery({
    queryKey: ['explore', 'structure', view.query, chosen.map((trace) => trace.traceId).join(',')],
    queryFn: async ({ signal }) => {
      const tables = [];
      for (let i = 0; i < chosen.length; i += atOnce) {
        const read = await Promise.all(chosen.slice(i, i + atOnce).map(async ({ traceId }) => buildTrace(traceId, await getJson<WireTrace>(`/api/v1/traces/${traceId}`, signal))));
        tables.push(...read.flatMap((built) => (built === null ? [] : [built.table])));
      }
      return { roots: mergeTraces(tables), traces: tables.length };
    },
    enabled: traces !== null,
    placeholderData: keepPreviousData,
  });
  if (result.data === undefined) {
    return <Skeleton />;
  }
  const { roots, traces: read } = result.data;
  const services = new Set<string>();
  const collect = (nodes: MergedNode[]) =>
    nodes.forEach((node) => {
      services.add(node.service);
      collect(node.children);
    });
  collect(roots);
  const colours = assignColours(services);
  return (
    <div className="panel-scroll" data-stale={result.isPlaceholderData}>
      <p className="panel-lead">{t.structure.lead(formatCount(read, lang), formatCount(roots.length, lang))}</p>
      <div className="structure" role="tree" aria-label={t.structure.label}>
        <div className="structure-row structure-head" aria-hidden="true">
          <span>{t.trace.columnSpan}</span>
          <span>{t.structure.inTraces}</span>
          <span>{t.structure.perTrace}</span>
          <span>{t.structure.mean}</span>
          <span>{t.structure.largest}</span>
          <span>{t.search.columnErrors}</span>
        </div>
        {roots.map((node) => (
          <Node key={`${node.service} ${node.name}`} node={node} depth={0} all={read} colours={colours} lang={lang} />
        ))}
      </div>
    </div>
  );
}

const openDepth = 5;

function Node({ node, depth, all, colours, lang }: { node: MergedNode; depth: number; all: number; colours: Map<string, number>; lang: string }) {
  const { t } = usePreferences();
  const { params } = usePlace();
  const [open, setOpen] = useState(depth < openDepth);
  return (
    <div role="treeitem" aria-expanded={node.children.length > 0 ? open : undefined} aria-selected={false} aria-level={depth + 1}>
      <div className="structure-row">
        <span className="structure-name" style={{ paddingLeft: depth * 16 }}>
          {node.children.length > 0 ? (
            <button type="button" className="wf-fold" aria-label={open ? t.trace.fold : t.trace.unfold(node.children.length)} onClick={() => setOpen(!open)}>
              <Icon name={open ? 'chevronDown' : 'chevronRight'} size={12} />
            </button>
          ) : (
            <span className="wf-leaf" />
          )}
          <span className="dot" style={{ background: colourVariable(colours.get(node.service) ?? 0) }} />
          <span className="sub">{node.service}</span>
          <Link path={`/trace/${node.example}`} params={carriedParams(params)}>
            {node.name}
          </Link>
        </span>
        <span className="share">
          <span className="share-track" aria-hidden="true">
            <span className="share-selected" style={{ width: `${(node.traces / Math.max(1, all)) * 100}%` }} />
          </span>
          <span className="num">{formatCount(node.traces, lang)}</span>
        </span>
        <span className="num">{new Intl.NumberFormat(lang, { maximumFractionDigits: 1 }).format(node.spans / node.traces)}</span>
        <span className="num">{formatDuration(node.durationNs / node.spans)}</span>
        <span className="num">{formatDuration(node.largestNs)}</span>
        <span className={node.errors > 0 ? 'num strip-bad' : 'num'}>{formatPercent(node.errors / node.spans, lang)}</span>
      </div>
      {open && node.children.length > 0 && (
        <div role="group">
          {node.children.map((child) => (
            <Node key={`${child.service} ${child.name}`} node={child} depth={depth + 1} all={all} colours={colours} lang={lang} />
          ))}
        </div>
      )}
    </div>
  );
}
