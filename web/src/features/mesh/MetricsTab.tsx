import { useQuery } from '@tanstack/react-query';
import { getGraphSeries, type SeriesPoint } from '../../api/graph';
import { carriedParams, href, navigate, usePlace } from '../../app/location';
import { usePreferences } from '../../app/preferences';
import { formatClock } from '../../model/format';
import { bytesText, short, timeText } from '../../model/graph/labels';
import { TimeChart, type ChartSeries } from '../../ui/TimeChart';

interface Props {
  request: URLSearchParams;
  /** The node: as the callee for what goes in, as the caller for what goes out. */
  source?: string;
  target?: string;
}

/** What went into a node, or out of it, over time: requests and errors, response times with example traces, bytes. */
export function MetricsTab({ request, source, target }: Props) {
  const { t, zone } = usePreferences();
  const { params } = usePlace();
  const asked = new URLSearchParams(request);
  asked.set('throughput', 'true');
  if (source !== undefined) {
    asked.set('source', source);
  }
  if (target !== undefined) {
    asked.set('target', target);
  }
  const answer = useQuery({ queryKey: ['graph-series', asked.toString()], queryFn: ({ signal }) => getGraphSeries(asked, signal), placeholderData: (before) => before, retry: false });
  if (answer.isError) {
    return <p role="alert">{answer.error.message}</p>;
  }
  const points = answer.data ?? [];
  const line = (name: string, colour: string, value: (point: SeriesPoint) => number | undefined): ChartSeries => {
    // All charts of the page have one axis of time; where nothing was measured, a line has a gap.
    return { name, colour, times: points.map((point) => point.time * 1000), values: points.map((point) => value(point) ?? Number.NaN) };
  };
  const some = (value: (point: SeriesPoint) => number | undefined) => points.some((point) => (value(point) ?? 0) > 0);
  const carried = carriedParams(params);
  const exemplars = [...new Map(points.flatMap(({ exemplar }) => (exemplar ? [[exemplar.traceId, exemplar] as const] : []))).values()];
  return (
    <div className="mesh-charts graph-colours" aria-busy={answer.isFetching}>
      {answer.isSuccess && !some((point) => point.rate) && !some((point) => point.tcp) && <p>{t.graph.noneIn}</p>}
      {some((point) => point.rate) && (
        <>
          <h2>{t.graph.requestsChart}</h2>
          <TimeChart
            label={t.graph.requestsChart}
            format={(value) => short(value)}
            series={[line(t.graph.requests, 'var(--accent)', (point) => point.rate), line(t.graph.errors, 'var(--graph-bad)', (point) => point.errors)]}
          />
        </>
      )}
      {some((point) => point.p95 ?? point.avg) && (
        <>
          <h2>{t.graph.responseTime}</h2>
          <TimeChart
            label={t.graph.responseTime}
            format={timeText}
            height={220}
            series={[
              line(t.graph.label_avg, 'var(--svc-2)', (point) => point.avg),
              line('p50', 'var(--svc-0)', (point) => point.p50),
              line('p95', 'var(--svc-1)', (point) => point.p95),
              line('p99', 'var(--svc-5)', (point) => point.p99),
            ].filter((one) => one.values.some(Number.isFinite))}
            points={exemplars.flatMap((exemplar) =>
              exemplar.startMs >= points[0].time * 1000
                ? [
                    {
                      timeMs: exemplar.startMs,
                      value: exemplar.durationMs,
                      label: `${t.graph.openTrace} ${exemplar.traceId.slice(0, 8)}: ${timeText(exemplar.durationMs)}, ${formatClock(exemplar.startMs, zone).slice(0, 8)}${exemplar.error ? `, ${t.graph.failing}` : ''}`,
                      href: href(`/trace/${exemplar.traceId}`, carried),
                      onOpen: () => navigate(`/trace/${exemplar.traceId}`, carried),
                    },
                  ]
                : [],
            )}
          />
        </>
      )}
      {some((point) => point.throughput) && (
        <>
          <h2>{t.graph.throughput}</h2>
          <TimeChart label={t.graph.throughput} format={bytesText} series={[line(t.graph.throughput, 'var(--svc-6)', (point) => point.throughput)]} />
        </>
      )}
      {some((point) => point.tcp) && (
        <>
          <h2>{t.graph.tcpChart}</h2>
          <TimeChart label={t.graph.tcpChart} format={bytesText} series={[line('TCP', 'var(--graph-tcp)', (point) => point.tcp)]} />
        </>
      )}
    </div>
  );
}
