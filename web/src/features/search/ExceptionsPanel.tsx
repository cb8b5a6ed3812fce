import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { queryInstant, queryRange, type Series } from '../../api/metrics';
import { usePreferences } from '../../app/preferences';
import { addCondition } from '../../model/builder';
import { formatCount } from '../../model/format';
import { quote } from '../../model/query';
import { stepFor } from '../../model/strip';
import { metricsSource } from '../../model/traceql';
import type { SearchView } from '../../model/urlState';
import { Icon } from '../../ui/Icon';
import { Sparkline } from '../../ui/Sparkline';
import './panels.css';
import { Skeleton } from './Skeleton';
import { resolveWindow } from './window';

interface Group {
  service: string;
  type: string;
  message: string;
  spans: number;
  overTime: number[];
  condition: string;
}

const sparkColumns = 40;
const shownLimit = 300;

interface ExceptionsPanelProps {
  view: SearchView;
  onChange(next: Partial<SearchView>): void;
}

/** The errors of the search, those that are alike together: exceptions by type and message, other failed spans by their status message. */
export function ExceptionsPanel({ view, onChange }: ExceptionsPanelProps) {
  const { t, lang } = usePreferences();
  const result = useQuery({
    queryKey: ['explore', 'exceptions', view.query, view.range.from, view.range.to],
    queryFn: async ({ signal }) => {
      const window = await resolveWindow(view.range, signal);
      const step = stepFor(window.endMs - window.startMs, sparkColumns);
      const thrown = `${metricsSource(addCondition(view.query, 'event.exception.type != nil'))} | count_over_time() by(resource.service.name, event.exception.type, event.exception.message)`;
      const failed = `${metricsSource(addCondition(addCondition(view.query, 'status = error'), 'event.exception.type = nil'))} | count_over_time() by(resource.service.name, name, statusMessage)`;
      const [counts, series, others] = await Promise.all([queryInstant(thrown, window, signal), queryRange(thrown, window, step, signal), queryInstant(failed, window, signal)]);
      return { exceptions: exceptionsOf(counts.series, series.series), failures: failuresOf(others.series), incomplete: counts.searched.incomplete };
    },
    placeholderData: keepPreviousData,
    gcTime: 10 * 60_000,
  });
  if (result.error !== null && !result.isFetching) {
    return (
      <div className="notice notice-error" role="alert">
        <Icon name="error" size={20} />
        <p className="mono notice-message">{result.error.message}</p>
      </div>
    );
  }
  if (result.data === undefined) {
    return <Skeleton />;
  }
  const { exceptions, failures, incomplete } = result.data;
  const open = (group: Group) => onChange({ query: addCondition(view.query, group.condition), tab: 'traces' });
  if (exceptions.length === 0 && failures.length === 0) {
    return <p className="panel-empty">{t.exceptions.none}</p>;
  }
  return (
    <div className="panel-scroll" data-stale={result.isPlaceholderData}>
      {incomplete !== null && <p className="panel-lead">{t.search.incomplete(incomplete)}</p>}
      {exceptions.length > 0 && <Groups title={t.exceptions.thrown(formatCount(exceptions.length, lang))} kind={t.exceptions.type} groups={exceptions} overTime onOpen={open} />}
      {failures.length > 0 && <Groups title={t.exceptions.failed(formatCount(failures.length, lang))} kind={t.exceptions.operation} groups={failures} overTime={false} onOpen={open} />}
    </div>
  );
}

function Groups({ title, kind, groups, overTime, onOpen }: { title: string; kind: string; groups: Group[]; overTime: boolean; onOpen(group: Group): void }) {
  const { t, lang } = usePreferences();
  return (
    <table className="panel-table exceptions-table">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">{kind}</th>
          <th scope="col">{t.exceptions.message}</th>
          <th scope="col">{t.search.service}</th>
          {overTime ? <th scope="col">{t.breakdown.overTime}</th> : <td />}
          <th scope="col" className="cell-number">
            {t.breakdown.spans}
          </th>
        </tr>
      </thead>
      <tbody>
        {groups.slice(0, shownLimit).map((group) => (
          <tr key={`${group.service} ${group.type} ${group.message}`}>
            <th scope="row">
              <button type="button" className="inline-button" onClick={() => onOpen(group)}>
                {group.type}
              </button>
            </th>
            <td className="exceptions-message" title={group.message}>
              {group.message}
            </td>
            <td>{group.service}</td>
            <td>{overTime && <Sparkline values={group.overTime} tone="error" />}</td>
            <td className="cell-number num">{formatCount(group.spans, lang)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const plain = (value: unknown) => (value === undefined || value === 'nil' ? '' : String(value));

function exceptionsOf(counts: Series[], series: Series[]): Group[] {
  const keyOf = ({ labels }: Series) => JSON.stringify([labels['resource.service.name'], labels['event.exception.type'], labels['event.exception.message']]);
  const overTime = new Map(series.map((s) => [keyOf(s), s.values]));
  return counts
    .map((s) => {
      const type = plain(s.labels['event.exception.type']);
      const message = plain(s.labels['event.exception.message']);
      const service = plain(s.labels['resource.service.name']);
      const condition = [`event.exception.type = ${quote(type)}`, message === '' ? '' : `event.exception.message = ${quote(message)}`, service === '' ? '' : `resource.service.name = ${quote(service)}`].filter(Boolean).join(' && ');
      return { service, type, message, spans: s.values[0] ?? 0, overTime: overTime.get(keyOf(s)) ?? [], condition };
    })
    .filter((group) => group.spans > 0)
    .sort((a, b) => b.spans - a.spans);
}

function failuresOf(counts: Series[]): Group[] {
  return counts
    .map((s) => {
      const name = plain(s.labels.name);
      const message = plain(s.labels.statusMessage);
      const service = plain(s.labels['resource.service.name']);
      const condition = ['status = error', `name = ${quote(name)}`, message === '' ? '' : `statusMessage = ${quote(message)}`, service === '' ? '' : `resource.service.name = ${quote(service)}`].filter(Boolean).join(' && ');
      return { service, type: name, message, spans: s.values[0] ?? 0, overTime: [], condition };
    })
    .filter((group) => group.spans > 0)
    .sort((a, b) => b.spans - a.spans);
}
