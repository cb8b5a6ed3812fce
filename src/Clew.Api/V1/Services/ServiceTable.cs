using System.Globalization;
using Clew.Model;
using Clew.Semantics.Nodes;
using Clew.Storage.Rollups;

namespace Clew.Api.V1.Services;

/// <summary>
/// The numbers of all services, or of all operations of one, from the roll-ups: of requests, and where there are none, of all spans. No span
/// is read again but those of the minutes at both ends.
/// </summary>
internal sealed class ServiceTable
{
    private const long MinuteNanos = 60 * UnixNano.PerSecond;

    private readonly RollupResult _result;
    private readonly long _firstNano;
    private readonly int _intervals;

    private ServiceTable(RollupResult result)
    {
        _result = result;
        _firstNano = result.StartUnixNano / MinuteNanos * MinuteNanos;
        _intervals = checked((int)Math.Max(1, (result.EndUnixNano - _firstNano + result.StepNanos - 1) / result.StepNanos));
    }

    public static async Task<ServiceList> ServicesAsync(IRollupSource rollups, TenantId tenant, TimeRange window, int intervals, CancellationToken cancellationToken)
    {
        var table = await ReadAsync(rollups, tenant, window, intervals, static key => key.Node.Service.Length > 0, static key => Coarse(key, key.Node.Service, ""), cancellationToken).ConfigureAwait(false);
        return new ServiceList(table.Start, table.End, table.Times(), table.Rows(static key => key.Node.Service, static _ => true), table._result.Incomplete);
    }

    public static async Task<OperationList> OperationsAsync(
        IRollupSource rollups, TenantId tenant, string service, TimeRange window, int intervals, int limit, CancellationToken cancellationToken)
    {
        var table = await ReadAsync(rollups, tenant, window, intervals, key => key.Node.Service == service, key => Coarse(key, service, key.Operation), cancellationToken).ConfigureAwait(false);

        // One figure for all of them: operations that only call others are no requests of a service that has some.
        var hasRequests = table._result.Spans.Any(static series => IsRequest(series.Key));
        var rows = table.Rows(static key => key.Operation, key => !hasRequests || IsRequest(key));
        return new OperationList(
            service, table.Start, table.End, table.Times(), hasRequests, [.. rows.Take(limit)], Math.Max(0, rows.Count - limit), table._result.Incomplete);
    }

    private string Start => _result.StartUnixNano.ToString(CultureInfo.InvariantCulture);

    private string End => _result.EndUnixNano.ToString(CultureInfo.InvariantCulture);

    private static async Task<ServiceTable> ReadAsync(
        IRollupSource rollups, TenantId tenant, TimeRange window, int intervals, Func<SpanSeriesKey, bool> filter, Func<SpanSeriesKey, SpanSeriesKey> grouping, CancellationToken cancellationToken) =>
        new(await rollups.QueryAsync(tenant, new RollupQuery
        {
            Range = window, WithExactEnds = true, WithEdges = false, SpanFilter = filter, SpanGrouping = grouping,
            Step = TimeSpan.FromMilliseconds(Math.Max(1, (window.EndUnixNano - window.StartUnixNano) / intervals / UnixNano.PerMillisecond)),
        }, cancellationToken).ConfigureAwait(false));

    /// <summary>What the tables tell apart: names, requests and other spans, failed and not.</summary>
    private static SpanSeriesKey Coarse(SpanSeriesKey key, string service, string operation) => new(
        new ServiceNode { Service = service },
        operation,
        IsRequest(key) ? SpanKind.Server : SpanKind.Unspecified,
        key.Status == SpanStatus.Error ? SpanStatus.Error : SpanStatus.Unset);

    private static bool IsRequest(SpanSeriesKey key) => key.Kind is SpanKind.Server or SpanKind.Consumer;

    /// <summary>The ends of the intervals, unix milliseconds.</summary>
    private long[] Times() => [.. Enumerable.Range(1, _intervals).Select(i => (_firstNano + (i * _result.StepNanos)) / UnixNano.PerMillisecond)];

    private List<ServiceRow> Rows(Func<SpanSeriesKey, string> name, Func<SpanSeriesKey, bool> wanted)
    {
        var seconds = Math.Max((_result.EndUnixNano - _result.StartUnixNano) / 1e9, 1e-9);
        return
        [
            .. _result.Spans.Where(series => wanted(series.Key)).GroupBy(series => name(series.Key)).Select(group => Row(group.Key, [.. group], seconds))
                .OrderByDescending(static row => row.Requests).ThenBy(static row => row.Name, StringComparer.Ordinal),
        ];
    }

    private ServiceRow Row(string name, RollupSeries<SpanSeriesKey, SpanCell>[] series, double seconds)
    {
        var countsRequests = series.Any(static one => IsRequest(one.Key));
        var (requests, errors) = (new double[_intervals], new double[_intervals]);
        var durations = new LatencyHistogram?[_intervals];
        var all = new LatencyHistogram();
        foreach (var one in series.Where(one => IsRequest(one.Key) == countsRequests))
        {
            foreach (var (step, cell) in one.Points)
            {
                requests[step] += cell.Spans;
                errors[step] += one.Key.Status == SpanStatus.Error ? cell.Spans : 0;
                (durations[step] ??= new LatencyHistogram()).Add(cell.Latency);
                all.Add(cell.Latency);
            }
        }

        var (count, failed) = ((long)requests.Sum(), (long)errors.Sum());
        return new ServiceRow(
            name, series.Sum(static one => one.Points.Sum(static point => point.Cell.Spans)), countsRequests, count, failed, count / seconds, count == 0 ? 0 : (double)failed / count,
            all.QuantileNanos(0.5), all.QuantileNanos(0.9), all.QuantileNanos(0.95), all.QuantileNanos(0.99),
            requests, errors, Array.ConvertAll(durations, static interval => interval?.QuantileNanos(0.95) ?? 0));
    }
}
