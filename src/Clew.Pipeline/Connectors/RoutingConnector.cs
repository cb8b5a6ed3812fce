using Clew.Otlp.Batches;
using Clew.Otlp.Editing;
using Clew.Pipeline.Components;
using Clew.Pipeline.Graph;
using Clew.Pipeline.Ottl;
using Microsoft.Extensions.Logging;

namespace Clew.Pipeline.Connectors;

/// <summary>
/// One row of a routing table. Of the row's tests at most one is set; none means everything. <see cref="Copy"/> leaves the spans for later
/// rows as well.
/// </summary>
public sealed record RoutingRow(IReadOnlyList<ComponentId> Pipelines)
{
    public OttlCondition? Condition { get; init; }

    /// <summary>A comparison with a request header: name (lower case), whether it must be equal, value.</summary>
    public (string Header, bool IsEqual, string Value)? Request { get; init; }

    public bool Copy { get; init; }
}

/// <summary>Settings of <c>routing</c>.</summary>
public sealed record RoutingOptions
{
    public IReadOnlyList<RoutingRow> Table { get; init; } = [];

    /// <summary>Where spans go that no row took; empty: nowhere.</summary>
    public IReadOnlyList<ComponentId> DefaultPipelines { get; init; } = [];

    public OttlErrorMode ErrorMode { get; init; } = OttlErrorMode.Propagate;
}

/// <summary><c>routing</c>: sends each span to the pipelines of the first row that holds for it.</summary>
public sealed class RoutingConnector : ITraceConnector
{
    private readonly RoutingOptions _options;
    private readonly TimeProvider _clock;
    private readonly OttlErrors _errors;
    private readonly ITraceConsumer[] _targets;
    private readonly ITraceConsumer? _default;

    public RoutingConnector(ComponentId id, RoutingOptions options, ConnectorContext context)
    {
        Id = id;
        _options = options;
        _clock = context.Services.Clock;
        _errors = new OttlErrors(id.ToString(), options.ErrorMode, _clock, context.Services.Logger(id));
        var outputs = context.Outputs.ToDictionary();
        _targets = [.. options.Table.Select(row => FanOut.Of([.. row.Pipelines.Select(pipeline => outputs[pipeline])]))];
        _default = options.DefaultPipelines.Count == 0 ? null : FanOut.Of([.. options.DefaultPipelines.Select(pipeline => outputs[pipeline])]);
    }

    public ComponentId Id { get; }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async ValueTask<ConsumeResult> ConsumeAsync(TraceBatch batch, CancellationToken cancellationToken)
    {
        // One list of kept spans for each row and one, the last, for the default.
        var chosen = new bool[_targets.Length + 1][];
        try
        {
            Choose(batch, chosen);
        }
        catch (OttlException fault)
        {
            return ConsumeResult.Invalid($"connector {Id}: {fault.Message}");
        }

        var answer = ConsumeResult.Accepted;
        for (var row = 0; row < chosen.Length; row++)
        {
            var target = row < _targets.Length ? _targets[row] : _default;
            if (chosen[row] is not { } keep || target is null)
            {
                continue;
            }

            if (Array.TrueForAll(keep, static kept => kept))
            {
                answer = ConsumeResult.Combine(answer, await target.ConsumeAsync(batch, cancellationToken).ConfigureAwait(false));
            }
            else
            {
                using var part = batch.Select(keep);
                answer = ConsumeResult.Combine(answer, await target.ConsumeAsync(part, cancellationToken).ConfigureAwait(false));
            }
        }

        return answer;
    }

    private void Choose(TraceBatch batch, bool[][] chosen)
    {
        using var edit = new BatchEdit(batch);
        var context = new OttlContext(_clock) { Batch = batch.Context };
        for (var i = 0; i < batch.SpanCount; i++)
        {
            var entry = batch.Spans[i];
            context.Resource = edit.Resource(entry.Resource);
            context.Scope = edit.Scope(entry.Scope);
            context.Span = edit.Open(i);
            var taken = false;
            for (var row = 0; row < _options.Table.Count && !taken; row++)
            {
                if (Holds(_options.Table[row], context))
                {
                    (chosen[row] ??= new bool[batch.SpanCount])[i] = true;
                    taken = !_options.Table[row].Copy;
                }
            }

            if (!taken)
            {
                (chosen[^1] ??= new bool[batch.SpanCount])[i] = true;
            }
        }
    }

    private bool Holds(RoutingRow row, OttlContext context)
    {
        if (row.Request is { } request)
        {
            var value = context.Batch.Metadata.TryGetValue(request.Header, out var values) && values.Length > 0 ? values[0] : null;
            return (value == request.Value) == request.IsEqual;
        }

        if (row.Condition is null)
        {
            return true;
        }

        try
        {
            return row.Condition.IsTrue(context);
        }
        catch (OttlException fault) when (_errors.Handle(row.Condition.Text, fault))
        {
            return false;
        }
    }
}
