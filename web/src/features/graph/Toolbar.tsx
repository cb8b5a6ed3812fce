import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { getNamespaces, type MeshGraph } from '../../api/graph';
import { usePreferences } from '../../app/preferences';
import type { FindError } from '../../model/graph/find';
import { durations, graphTypes, latencyLabels, ratesGrpc, ratesHttp, ratesTcp, refreshes, type GraphView } from '../../model/graph/graphView';
import { short } from '../../model/graph/labels';
import { parseSpanOfTime } from '../../model/time';
import { Icon } from '../../ui/Icon';
import { Popover } from '../../ui/Popover';

interface Props {
  view: GraphView;
  update(change: Partial<GraphView>, how?: 'push' | 'replace'): void;
  refresh(): void;
  fetching: boolean;
  reducedMotion: boolean;
  /** What the evidence can answer; everything while that is not known. */
  limits: MeshGraph['durations'] | undefined;
}

export function Toolbar({ view, update, refresh, fetching, reducedMotion, limits }: Props) {
  const { t } = usePreferences();
  return (
    <div className="graph-toolbar" role="toolbar" aria-label={t.graph.display}>
      <NamespacePicker view={view} update={update} />
      <label className="graph-choice">
        <span className="visually-hidden">{t.graph.graphType}</span>
        <select className="field" value={view.graphType} onChange={(event) => update({ graphType: event.target.value as GraphView['graphType'], selected: '', focus: '' })}>
          {graphTypes.map((type) => (
            <option key={type} value={type}>
              {t.graph[`type_${type}`]}
            </option>
          ))}
        </select>
      </label>
      <DisplayMenu view={view} update={update} reducedMotion={reducedMotion} />
      <label className="graph-choice">
        <span>{t.graph.duration}</span>
        <select className="field" value={view.duration} onChange={(event) => update({ duration: event.target.value })}>
          {durations
            .filter((one) => one === view.duration || isAnswered(one, limits))
            .map((one) => (
              <option key={one}>{one}</option>
            ))}
        </select>
      </label>
      <label className="graph-choice">
        <span>{t.graph.refresh}</span>
        <select className="field" value={view.refresh} onChange={(event) => update({ refresh: Number(event.target.value) })}>
          {refreshes.map((one) => (
            <option key={one} value={one}>
              {one === 0 ? t.graph.refresh_0 : t.graph.refreshEvery(one < 60 ? `${one}s` : `${one / 60}m`)}
            </option>
          ))}
        </select>
      </label>
      <button type="button" className="icon-button" onClick={refresh} aria-label={t.graph.refreshNow} title={t.graph.refreshNow} aria-busy={fetching}>
        <Icon name="refresh" />
      </button>
    </div>
  );
}

function isAnswered(duration: string, limits: MeshGraph['durations'] | undefined): boolean {
  const seconds = (parseSpanOfTime(duration) ?? 0) / 1000;
  return seconds >= (limits?.leastSeconds ?? 0) && seconds <= (limits?.mostSeconds ?? Infinity);
}

export function NamespacePicker({ view, update }: { view: Pick<GraphView, 'namespaces' | 'duration'>; update(change: { namespaces: string[] }): void }) {
  const { t } = usePreferences();
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const known = useQuery({
    queryKey: ['graph-namespaces', view.duration],
    queryFn: ({ signal }) => getNamespaces(new URLSearchParams({ duration: view.duration }), signal),
    enabled: open,
    retry: false,
  });
  const all = [...(known.data ?? [])];
  for (const chosen of view.namespaces) {
    if (!all.some((ns) => ns.name === chosen)) {
      all.push({ name: chosen, cluster: '', evidence: [] });
    }
  }
  const shown = all
    .filter((ns) => ns.name.toLowerCase().includes(typed.trim().toLowerCase()))
    .sort((a, b) => a.name.localeCompare(b.name))
    .slice(0, 300);
  const toggle = (name: string) =>
    update({ namespaces: view.namespaces.includes(name) ? view.namespaces.filter((one) => one !== name) : [...view.namespaces, name].sort() });
  const label = view.namespaces.length === 0 ? t.graph.allNamespaces : view.namespaces.length === 1 ? view.namespaces[0] : t.graph.someNamespaces(String(view.namespaces.length));
  return (
    <div className="graph-menu">
      <button type="button" className="button" aria-expanded={open} aria-label={`${t.graph.namespaces}: ${label}`} onClick={() => setOpen(!open)}>
        {label} <Icon name="chevronDown" size={12} />
      </button>
      <Popover open={open} onClose={() => setOpen(false)} label={t.graph.namespaces}>
        <div className="graph-popover">
          <input className="field" type="search" aria-label={t.graph.searchNamespaces} placeholder={t.graph.searchNamespaces} value={typed} onChange={(event) => setTyped(event.target.value)} autoFocus />
          <label className="graph-check">
            <input type="checkbox" checked={view.namespaces.length === 0} onChange={() => update({ namespaces: [] })} />
            {t.graph.allNamespaces}
          </label>
          <div className="graph-namespaces" role="group" aria-label={t.graph.namespaces}>
            {shown.map((ns) => (
              <label key={ns.name} className="graph-check">
                <input type="checkbox" checked={view.namespaces.includes(ns.name)} onChange={() => toggle(ns.name)} />
                <span translate="no">{ns.name}</span>
                <span className="sub num">{ns.rate !== undefined && ns.rate > 0 ? t.graph.perSecond(short(ns.rate)) : t.graph.quiet}</span>
              </label>
            ))}
            {known.isSuccess && shown.length === 0 && <p className="sub">{t.graph.noNamespace}</p>}
          </div>
        </div>
      </Popover>
    </div>
  );
}

const toggles = ['animation', 'security', 'sidecars', 'services', 'idle', 'operations', 'boxNamespace', 'boxCluster'] as const;

function DisplayMenu({ view, update, reducedMotion }: Pick<Props, 'view' | 'update' | 'reducedMotion'>) {
  const { t } = usePreferences();
  const [open, setOpen] = useState(false);
  const latency = latencyLabels.find((one) => view.edges.includes(one));
  const setLabel = (label: GraphView['edges'][number], on: boolean) => update({ edges: on ? [...view.edges, label] : view.edges.filter((one) => one !== label) });
  const setLatency = (label: (typeof latencyLabels)[number] | undefined) =>
    update({ edges: [...view.edges.filter((one) => !latencyLabels.some((latencyLabel) => latencyLabel === one)), ...(label ? [label] : [])] });
  return (
    <div className="graph-menu">
      <button type="button" className="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {t.graph.display} <Icon name="chevronDown" size={12} />
      </button>
      <Popover open={open} onClose={() => setOpen(false)} label={t.graph.display}>
        <div className="graph-popover graph-display">
          <fieldset>
            <legend>{t.graph.edgeLabels}</legend>
            <label className="graph-check">
              <input type="checkbox" checked={latency !== undefined} onChange={(event) => setLatency(event.target.checked ? 'p95' : undefined)} />
              {t.graph.responseTime}
            </label>
            <div className="graph-indent" role="radiogroup" aria-label={t.graph.responseTime}>
              {latencyLabels.map((one) => (
                <label key={one} className="graph-check">
                  <input type="radio" name="latency" checked={latency === one} onChange={() => setLatency(one)} />
                  {t.graph[`label_${one}`]}
                </label>
              ))}
            </div>
            {(['rate', 'distribution', 'throughput'] as const).map((one) => (
              <label key={one} className="graph-check">
                <input type="checkbox" checked={view.edges.includes(one)} onChange={(event) => setLabel(one, event.target.checked)} />
                {t.graph[`label_${one}`]}
              </label>
            ))}
          </fieldset>
          <fieldset>
            <legend>{t.graph.traffic}</legend>
            {([['HTTP', 'rateHttp', ratesHttp], ['gRPC', 'rateGrpc', ratesGrpc], ['TCP', 'rateTcp', ratesTcp]] as const).map(([protocol, key, choices]) => (
              <label key={key} className="graph-choice graph-rate">
                <span translate="no">{protocol}</span>
                <select className="field" value={view[key]} onChange={(event) => update({ [key]: event.target.value })}>
                  {choices.map((one) => (
                    <option key={one} value={one}>
                      {one === 'requests' || one === 'none' ? t.graph[`rate_${one}`] : t.graph[`rate_${protocol === 'TCP' ? 'bytes' : 'messages'}_${one}`]}
                    </option>
                  ))}
                </select>
              </label>
            ))}
          </fieldset>
          <fieldset>
            <legend>{t.graph.show}</legend>
            {toggles.map((one) => (
              <label key={one} className="graph-check">
                <input
                  type="checkbox"
                  checked={view[one]}
                  disabled={view.graphType === 'service' && (one === 'services' || one === 'operations')}
                  onChange={(event) => update({ [one]: event.target.checked })}
                />
                {t.graph[one]}
              </label>
            ))}
            {reducedMotion && view.animation && <p className="sub">{t.graph.animationReduced}</p>}
          </fieldset>
        </div>
      </Popover>
    </div>
  );
}

interface FindProps {
  view: GraphView;
  update(change: Partial<GraphView>, how?: 'push' | 'replace'): void;
  errors: { find: FindError | null; hide: FindError | null };
}

const findPresets = ['rt > 1000', '! healthy', 'name = unknown', 'rank <= 2', 'plaintext'];
const hidePresets = ['healthy', 'name = unknown', 'rank > 2'];

export function FindHide({ view, update, errors }: FindProps) {
  const { t } = usePreferences();
  const [help, setHelp] = useState(false);
  return (
    <div className="graph-find" role="search" aria-label={t.graph.find}>
      <FindField name="graph-find" label={t.graph.find} placeholder={t.graph.findPlaceholder} value={view.find} presets={findPresets} error={errors.find} onApply={(find) => update({ find })} primary />
      <FindField name="graph-hide" label={t.graph.hide} placeholder={t.graph.hidePlaceholder} value={view.hide} presets={hidePresets} error={errors.hide} onApply={(hide) => update({ hide })} />
      <div className="graph-menu">
        <button type="button" className="icon-button" aria-expanded={help} aria-label={t.graph.findHelp} title={t.graph.findHelp} onClick={() => setHelp(!help)}>
          <Icon name="info" />
        </button>
        <Popover open={help} onClose={() => setHelp(false)} label={t.graph.findHelp} align="end">
          <p className="graph-popover graph-help">{t.graph.findHelpText}</p>
        </Popover>
      </div>
    </div>
  );
}

interface FieldProps {
  name: string;
  label: string;
  placeholder: string;
  value: string;
  presets: string[];
  error: FindError | null;
  primary?: boolean;
  onApply(value: string): void;
}

function FindField({ name, label, placeholder, value, presets, error, primary, onApply }: FieldProps) {
  const { t } = usePreferences();
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const message = error === null ? null : error.code === 'mixed' ? t.graph.error_mixed : t.graph[`error_${error.code}`](error.subject);
  return (
    <span className="graph-field">
      <input
        className="field mono"
        type="search"
        aria-label={label}
        placeholder={placeholder}
        list={`${name}-presets`}
        value={typed}
        spellCheck={false}
        data-primary-search={primary ? true : undefined}
        aria-invalid={message !== null}
        aria-describedby={message === null ? undefined : `${name}-error`}
        onChange={(event) => {
          setTyped(event.target.value);
          if (event.target.value === '') {
            onApply('');
          }
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
            onApply(typed.trim());
          }
        }}
        onBlur={() => typed.trim() !== value && onApply(typed.trim())}
      />
      <datalist id={`${name}-presets`}>
        {presets.map((preset) => (
          <option key={preset} value={preset} />
        ))}
      </datalist>
      {message !== null && (
        <span id={`${name}-error`} className="graph-error" role="alert">
          {message}
        </span>
      )}
    </span>
  );
}
