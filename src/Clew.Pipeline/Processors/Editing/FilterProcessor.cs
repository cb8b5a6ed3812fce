using Clew.Otlp.Editing;
using Clew.Pipeline.Components;
using Clew.Pipeline.Ottl;
using Microsoft.Extensions.Logging;

namespace Clew.Pipeline.Processors.Editing;

/// <summary>Settings of <c>filter</c>: what any of the conditions holds for is dropped.</summary>
public sealed record FilterOptions
{
    public OttlErrorMode ErrorMode { get; init; } = OttlErrorMode.Ignore;

    public IReadOnlyList<(OttlCondition Condition, OttlErrorMode? ErrorMode)> Conditions { get; init; } = [];

    /// <summary>The old form: what is not selected is dropped.</summary>
    public SpanSelection? Keep { get; init; }
}

/// <summary><c>filter</c>: drops resources' spans, scopes' spans, spans and span events.</summary>
public sealed class FilterProcessor : EditingProcessor
{
    private readonly FilterOptions _options;
    private readonly TimeProvider _clock;
    private readonly OttlErrors _errors;
    private readonly ComponentMetrics _metrics;
    private readonly (OttlCondition Condition, OttlErrorMode? ErrorMode)[][] _ofKind;

    public FilterProcessor(ComponentId id, FilterOptions options, ITraceConsumer next, ComponentMetrics metrics, TimeProvider clock, ILogger logger)
        : base(id, next)
    {
        _options = options;
        _clock = clock;
        _metrics = metrics;
        _errors = new OttlErrors(id.ToString(), options.ErrorMode, clock, logger);
        _ofKind = [.. Enum.GetValues<OttlContextKind>().Select(kind => options.Conditions.Where(entry => entry.Condition.Kind == kind).ToArray())];
    }

    protected override ConsumeResult? Edit(BatchEdit edit)
    {
        var batch = edit.Batch;
        var context = new OttlContext(_clock) { Batch = batch.Context };
        var resources = new bool?[batch.Resources.Length];
        var scopes = new bool?[batch.Scopes.Length];
        var dropped = 0;
        try
        {
            for (var i = 0; i < batch.SpanCount; i++)
            {
                var entry = batch.Spans[i];
                context.Resource = edit.Resource(entry.Resource);
                context.Scope = edit.Scope(entry.Scope);
                context.ClearCache();
                if ((resources[entry.Resource] ??= Any(OttlContextKind.Resource, context)) || (scopes[entry.Scope] ??= Any(OttlContextKind.Scope, context)))
                {
                    edit.Drop(i);
                    dropped++;
                    continue;
                }

                if (_ofKind[(int)OttlContextKind.Span].Length == 0 && _ofKind[(int)OttlContextKind.SpanEvent].Length == 0 && _options.Keep is null)
                {
                    continue;
                }

                context.Span = edit.Open(i);
                if (Any(OttlContextKind.Span, context) || (_options.Keep is { } keep && !keep.Selects(context.Span, context.Resource, context.Scope)))
                {
                    edit.Drop(i);
                    dropped++;
                    continue;
                }

                FilterEvents(context);
                edit.Keep(i);
            }
        }
        catch (OttlException fault)
        {
            return ConsumeResult.Invalid($"processor {Id}: {fault.Message}");
        }

        _metrics.Filtered(Id, dropped);
        return null;
    }

    private void FilterEvents(OttlContext context)
    {
        if (_ofKind[(int)OttlContextKind.SpanEvent].Length == 0 || context.Span.EventCount == 0)
        {
            return;
        }

        var index = 0;
        context.Span.RemoveEvents(item =>
        {
            context.Event = item;
            context.EventIndex = index++;
            return Any(OttlContextKind.SpanEvent, context);
        });
    }

    private bool Any(OttlContextKind kind, OttlContext context)
    {
        foreach (var (condition, mode) in _ofKind[(int)kind])
        {
            try
            {
                if (condition.IsTrue(context))
                {
                    return true;
                }
            }
            catch (OttlException fault) when (_errors.Handle(condition.Text, fault, mode))
            {
                // A condition that cannot be evaluated drops nothing.
            }
        }

        return false;
    }
}
