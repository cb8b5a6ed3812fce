import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { queryRange, type Series } from '../../api/metrics';
import { navigate, carriedParams, href, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { assignColours, colourVariable } from '../../model/colours';
import { formatClock, formatDuration } from '../../model/format';
import { stepFor } from '../../model/strip';
import type { SearchView } from '../../model/urlState';
import { Icon } from '../../ui/Icon';
import { TimeChart } from '../../ui/TimeChart';
import './panels.css';
import { Skeleton } from './Skeleton';
import { resolveWindow } from './window';

const columns = 120;
const seriesShown = 30;
const exemplars = 50;

/** The answer to a metrics query: its series over time, with the traces behind them. */
export function MetricsPanel({ view }: { view: SearchView }) {
  const { t, lang, zone } = usePreferences();
  const { params } = usePlace();
  const result = useQuery({
    queryKey: ['explore', 'metrics', view.query, view.range.from, view.range.to],
    queryFn: async ({ signal }) => {
      const window = await resolveWindow(view.range, signal);
      return queryRange(view.query, window, stepFor(window.endMs - window.startMs, columns), signal, exemplars);
    },
    placeholderData: keepPreviousData,
  });
  if (result.error !== null && !result.isFetching) {
    return (
      <div className="notice notice-error metrics" role="alert">
        <Icon name="error" size={20} />
        <p className="mono notice-message">{result.error.message}</p>
      </div>
    );
  }
  if (result.data === undefined) {
    return <Skeleton />;
  }
  const { series } = result.data;
  const names = namesOf(series);
  const colours = assignColours(names);
  const timed = /_over_time\s*\(\s*(?:span:|trace:)?(?:duration|traceDuration)\b/.test(view.query) && !/histogram_over_time/.test(view.query);
  const format = (value: number) => (timed ? formatDuration(value * 1e9) : new Intl.NumberFormat(lang, { maximumSignificantDigits: 3 }).format(value));
  const points = series.flatMap((s) =>
    s.exemplars.map((e) => ({
      timeMs: e.timeMs,
      value: e.value,
      label: t.metrics.exemplar(format(e.value), formatClock(e.timeMs, zone).slice(0, 8)),
      href: href(`/trace/${e.traceId}`, carriedParams(params)),
      onOpen: () => navigate(`/trace/${e.traceId}`, carriedParams(params)),
    })),
  );
  return (
    <div className="metrics" data-stale={result.isPlaceholderData}>
      <p className="panel-lead" aria-live="polite">
        {t.metrics.series(series.length)}
        {series.length > seriesShown && ` ${t.metrics.shown(seriesShown)}`}
        {result.data.searched.incomplete !== null && ` ${t.search.incomplete(result.data.searched.incomplete)}`}
      </p>
      {series.length === 0 ? (
        <p className="panel-empty">{t.metrics.none}</p>
      ) : (
        <TimeChart
          label={t.metrics.chart}
          height={300}
          format={format}
          series={series.slice(0, seriesShown).map((s, i) => ({ name: names[i], colour: colourVariable(colours.get(names[i]) ?? 0), times: s.times, values: s.values }))}
          points={timed ? points : []}
        />
      )}
    </div>
  );
}

/** What tells series apart: the values alone where all of them have the same labels, otherwise with the labels' names. */
function namesOf(series: readonly Series[]): string[] {
  const labels = series.map((s) => Object.entries(s.labels).filter(([key]) => key !== '__name__'));
  const isUniform = new Set(labels.map((list) => list.map(([key]) => key).join())).size === 1;
  const text = (key: string, value: unknown) => (key === 'p' ? `p${Math.round(Number(value) * 1000) / 10}` : isUniform ? String(value) : `${key}=${String(value)}`);
  return labels.map((list, i) => (list.length === 0 ? String(series[i].labels.__name__ ?? '') : list.map(([key, value]) => text(key, value)).join(isUniform ? ' · ' : ', ')));
}
