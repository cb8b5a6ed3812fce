using Clew.Otlp.Editing;
using Clew.Pipeline.Components;
using Clew.Pipeline.Ottl;
using Microsoft.Extensions.Logging;

namespace Clew.Pipeline.Processors.Editing;

/// <summary>Statements of one context that run one after the other for each item; they run if one of the conditions holds, or there is none.</summary>
public sealed record TransformGroup(
    OttlContextKind Kind, IReadOnlyList<OttlStatement> Statements, IReadOnlyList<OttlCondition> Conditions, OttlErrorMode? ErrorMode)
{
    /// <summary>A statement that was written alone in the list.</summary>
    public bool IsSingle { get; init; }

    /// <summary>Puts single statements that follow each other in one context together: they share a cache.</summary>
    public static IReadOnlyList<TransformGroup> Joined(IEnumerable<TransformGroup> groups)
    {
        var joined = new List<TransformGroup>();
        foreach (var group in groups)
        {
            if (group.IsSingle && joined.Count > 0 && joined[^1] is { IsSingle: true } last && last.Kind == group.Kind)
            {
                joined[^1] = last with { Statements = [.. last.Statements, .. group.Statements] };
            }
            else
            {
                joined.Add(group);
            }
        }

        return joined;
    }
}

/// <summary>Settings of <c>transform</c>.</summary>
public sealed record TransformOptions
{
    public OttlErrorMode ErrorMode { get; init; } = OttlErrorMode.Ignore;

    public IReadOnlyList<TransformGroup> Groups { get; init; } = [];
}

/// <summary><c>transform</c>: runs groups of statements over resources, scopes, spans or span events, a group at a time.</summary>
public sealed class TransformProcessor(ComponentId id, TransformOptions options, ITraceConsumer next, TimeProvider clock, ILogger logger)
    : EditingProcessor(id, next)
{
    private readonly OttlErrors _errors = new(id.ToString(), options.ErrorMode, clock, logger);

    protected override ConsumeResult? Edit(BatchEdit edit)
    {
        var context = new OttlContext(clock) { Batch = edit.Batch.Context };
        try
        {
            foreach (var group in options.Groups)
            {
                Run(group, edit, context);
            }

            return null;
        }
        catch (OttlException fault)
        {
            return ConsumeResult.Invalid($"processor {Id}: {fault.Message}");
        }
    }

    private void Run(TransformGroup group, BatchEdit edit, OttlContext context)
    {
        var batch = edit.Batch;
        var (resource, scope) = (-1, -1);
        for (var i = 0; i < batch.SpanCount; i++)
        {
            var entry = batch.Spans[i];
            var isNew = group.Kind switch { OttlContextKind.Resource => entry.Resource != resource, OttlContextKind.Scope => entry.Scope != scope, _ => true };
            if (!isNew)
            {
                continue;
            }

            (resource, scope) = (entry.Resource, entry.Scope);
            context.Resource = edit.Resource(resource);
            context.Scope = edit.Scope(scope);
            if (group.Kind is OttlContextKind.Resource or OttlContextKind.Scope)
            {
                RunOnce(group, context);
                continue;
            }

            context.Span = edit.Open(i);
            if (group.Kind == OttlContextKind.Span)
            {
                RunOnce(group, context);
            }
            else if (context.Span.EventCount > 0)
            {
                for (var index = 0; index < context.Span.EventCount; index++)
                {
                    (context.Event, context.EventIndex) = (context.Span.Events[index], index);
                    RunOnce(group, context);
                }
            }

            edit.Keep(i);
        }
    }

    private void RunOnce(TransformGroup group, OttlContext context)
    {
        context.ClearCache();
        if (group.Conditions.Count > 0 && !group.Conditions.Any(condition => Holds(condition, group, context)))
        {
            return;
        }

        foreach (var statement in group.Statements)
        {
            try
            {
                statement.Run(context);
            }
            catch (OttlException fault) when (_errors.Handle(statement.Text, fault, group.ErrorMode))
            {
                // The next statement runs all the same.
            }
        }
    }

    private bool Holds(OttlCondition condition, TransformGroup group, OttlContext context)
    {
        try
        {
            return condition.IsTrue(context);
        }
        catch (OttlException fault) when (_errors.Handle(condition.Text, fault, group.ErrorMode))
        {
            return false;
        }
    }
}
