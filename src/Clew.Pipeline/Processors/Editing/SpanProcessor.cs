using Clew.Otlp.Editing;
using Clew.Pipeline.Components;
using Clew.Pipeline.Text;

namespace Clew.Pipeline.Processors.Editing;

/// <summary>Settings of <c>span</c>.</summary>
public sealed record SpanProcessorOptions
{
    /// <summary>The new name is made of these attributes, if a span has all of them.</summary>
    public IReadOnlyList<string> FromAttributes { get; init; } = [];

    public string Separator { get; init; } = "";

    /// <summary>Patterns whose named groups become attributes and, as {group}, parts of the name.</summary>
    internal IReadOnlyList<GoRegex> Rules { get; init; } = [];

    public bool BreakAfterMatch { get; init; }

    public bool KeepOriginalName { get; init; }

    /// <summary>0 unset, 1 ok, 2 error; null leaves the status.</summary>
    public long? StatusCode { get; init; }

    public string StatusDescription { get; init; } = "";

    /// <summary>Null, with the reason, when a rule cannot be read.</summary>
    public static SpanProcessorOptions? Of(SpanProcessorOptions plain, IReadOnlyList<string> rules, out string? problem)
    {
        problem = null;
        var parsed = new List<GoRegex>();
        foreach (var rule in rules)
        {
            if (!GoRegex.TryParse(rule, out var regex, out problem))
            {
                return null;
            }

            parsed.Add(regex!);
        }

        return plain with { Rules = parsed };
    }
}

/// <summary><c>span</c>: renames spans after attributes, takes attributes out of names, sets the status.</summary>
public sealed class SpanProcessor(ComponentId id, SpanProcessorOptions options, SpanSelection selection, ITraceConsumer next)
    : EditingProcessor(id, next)
{
    protected override ConsumeResult? Edit(BatchEdit edit)
    {
        for (var i = 0; i < edit.Batch.SpanCount; i++)
        {
            var entry = edit.Batch.Spans[i];
            var span = edit.Open(i);
            if (selection.Selects(span, edit.Resource(entry.Resource), edit.Scope(entry.Scope)))
            {
                Rename(span);
                Extract(span);
                if (options.StatusCode is { } code)
                {
                    span.StatusCode = code;
                    span.StatusMessage = code == 2 ? options.StatusDescription : "";
                }

                edit.Keep(i);
            }
        }

        return null;
    }

    private void Rename(SpanRecord span)
    {
        if (options.FromAttributes.Count == 0)
        {
            return;
        }

        var parts = new List<string>();
        foreach (var key in options.FromAttributes)
        {
            if (!span.Attributes.TryGet(key, out var value))
            {
                return;
            }

            parts.Add(OtlpValue.ToText(value));
        }

        span.Name = string.Join(options.Separator, parts);
    }

    private void Extract(SpanRecord span)
    {
        foreach (var rule in options.Rules)
        {
            var replaced = rule.ReplaceGroups(span.Name, out var groups);
            if (groups is null)
            {
                continue;
            }

            foreach (var (name, value) in groups)
            {
                span.Attributes.Set(name, value);
            }

            if (!options.KeepOriginalName)
            {
                span.Name = replaced;
            }

            if (options.BreakAfterMatch)
            {
                return;
            }
        }
    }
}
