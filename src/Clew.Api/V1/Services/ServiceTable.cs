using System.Globalization;
using Clew.Api.V1.Analysis;
using Clew.Model;
using Clew.Query;
using Clew.Query.Metrics;
using Clew.Query.Search;
using Clew.TraceQL.Syntax;

namespace Clew.Api.V1.Services;

/// <summary>Reads the numbers of all services: of requests, and where a service has none, of all of its spans.</summary>
internal sealed class ServiceTable
{
    private readonly QueryEngine _engine;
    private readonly TenantId _tenant;
    private readonly FieldReference _service;
    private readonly TimeRange _window;
    private readonly TimeGrid _grid;
    private readonly CancellationToken _cancellationToken;
    private string? _incomplete;

    private ServiceTable(QueryEngine engine, TenantId tenant, FieldReference service, TimeRange window, int intervals, CancellationToken cancellationToken)
    {
        (_engine, _tenant, _service, _window, _cancellationToken) = (engine, tenant, service, window, cancellationToken);

        // Aligned intervals begin and end outside of the window, so that there may be one more at each end.
        _grid = TimeGrid.Aligned(window.StartUnixNano, window.EndUnixNano, Math.Max(1, (window.EndUnixNano - window.StartUnixNano) / intervals));
    }

    public static async Task<ServiceList> ReadAsync(
        QueryEngine engine, TenantId tenant, Pipeline requests, Pipeline everything, FieldReference service, TimeRange window, int intervals, CancellationToken cancellationToken)
    {
        var table = new ServiceTable(engine, tenant, service, window, intervals, cancellationToken);
        var spans = new Dictionary<string, long>();
        foreach (var (name, values) in await table.SeriesAsync(Queries.Count(everything, service), TimeGrid.Instant(window.StartUnixNano, window.EndUnixNano)).ConfigureAwait(false))
        {
            spans[name] = (long)values[0];
        }

        var rows = await table.RowsAsync(requests, spans, countsRequests: true).ConfigureAwait(false);
        if (rows.Count < spans.Count)
        {
            var ofAll = await table.RowsAsync(everything, spans, countsRequests: false).ConfigureAwait(false);
            rows.AddRange(ofAll.Where(row => !rows.Exists(present => present.Name == row.Name)));
        }

        return new ServiceList(
            window.StartUnixNano.ToString(CultureInfo.InvariantCulture),
            window.EndUnixNano.ToString(CultureInfo.InvariantCulture),
            [.. Enumerable.Range(0, table._grid.Count).Select(i => table._grid.Label(i) / UnixNano.PerMillisecond)],
            [.. rows.OrderByDescending(static row => row.Requests).ThenBy(static row => row.Name, StringComparer.Ordinal)],
            table._incomplete);
    }

    private async Task<List<ServiceRow>> RowsAsync(Pipeline pipeline, Dictionary<string, long> spans, bool countsRequests)
    {
        var red = await BreakdownEndpoint.RedAsync(_engine, _tenant, pipeline, _service, _window, _cancellationToken).ConfigureAwait(false);
        _incomplete ??= red.Incomplete;
        var requests = await SeriesAsync(Queries.Count(pipeline, _service), _grid).ConfigureAwait(false);
        var errors = await SeriesAsync(Queries.Count(Queries.And(pipeline, Queries.StatusIs(SpanStatus.Error)), _service), _grid).ConfigureAwait(false);
        var p90 = await P90Async(pipeline).ConfigureAwait(false);
        var seconds = Math.Max((_window.EndUnixNano - _window.StartUnixNano) / 1e9, 1e-9);
        var nothing = new double[_grid.Count];
        var rows = new List<ServiceRow>();
        foreach (var (key, row) in red)
        {
            if (key is not { } value)
            {
                continue;
            }

            var name = value.ToString();
            rows.Add(new ServiceRow(
                name, spans.GetValueOrDefault(name), countsRequests, row.Spans, row.Errors, row.Spans / seconds, row.Spans == 0 ? 0 : (double)row.Errors / row.Spans,
                row.Durations.QuantileNanos(0.5), row.Durations.QuantileNanos(0.9), row.Durations.QuantileNanos(0.99),
                requests.GetValueOrDefault(name, nothing), errors.GetValueOrDefault(name, nothing),
                p90.GetValueOrDefault(name, nothing)));
        }

        return rows;
    }

    private async Task<Dictionary<string, double[]>> P90Async(Pipeline pipeline)
    {
        var buckets = new Dictionary<string, DurationBuckets[]>();
        foreach (var (labels, values) in await ReadAsync(Queries.Durations(pipeline, _service), _grid).ConfigureAwait(false))
        {
            if (NameIn(labels) is not { } name || labels.FirstOrDefault(static label => label.Name == DurationBuckets.Label) is not { Name: not null } bound)
            {
                continue;
            }

            if (!buckets.TryGetValue(name, out var ofService))
            {
                buckets.Add(name, ofService = [.. values.Select(static _ => new DurationBuckets())]);
            }

            for (var i = 0; i < values.Length; i++)
            {
                ofService[i].Add(bound.Value.AsNumber, values[i]);
            }
        }

        return buckets.ToDictionary(static entry => entry.Key, static entry => Array.ConvertAll(entry.Value, static interval => interval.QuantileNanos(0.9)));
    }

    /// <summary>By service; a value that is missing in an interval is zero.</summary>
    private async Task<Dictionary<string, double[]>> SeriesAsync(TraceQL.Syntax.Query query, TimeGrid grid)
    {
        var byService = new Dictionary<string, double[]>();
        foreach (var (labels, values) in await ReadAsync(query, grid).ConfigureAwait(false))
        {
            if (NameIn(labels) is { } name)
            {
                byService[name] = values;
            }
        }

        return byService;
    }

    private async Task<List<(IReadOnlyList<NamedValue> Labels, double[] Values)>> ReadAsync(TraceQL.Syntax.Query query, TimeGrid grid)
    {
        var result = await _engine.MetricsAsync(_tenant, new MetricsRequest { Query = query, Grid = grid, Exemplars = 0 }, _cancellationToken).ConfigureAwait(false);
        _incomplete ??= result.Stats.Incomplete;
        return [.. result.Series.Select(static series => (series.Labels.Labels, Array.ConvertAll(series.Values, static value => double.IsNaN(value) ? 0 : value)))];
    }

    private string? NameIn(IReadOnlyList<NamedValue> labels)
    {
        foreach (var label in labels)
        {
            if (label.Name == _service.ToString())
            {
                return label.Value.ToString() is "nil" ? null : label.Value.ToString();
            }
        }

        return null;
    }
}
