using System.Security.Cryptography;
using System.Text;
using Clew.Otlp.Editing;
using Clew.Pipeline.Components;
using Clew.Pipeline.Text;

namespace Clew.Pipeline.Processors.Editing;

/// <summary>What takes the place of a blocked value.</summary>
public enum RedactionHash
{
    None,
    Md5,
    Sha1,
    Sha3,
}

/// <summary>What is said, in attributes, about what was redacted.</summary>
public enum RedactionSummary
{
    Silent,
    Info,
    Debug,
}

/// <summary>Settings of <c>redaction</c>. Patterns are regular expressions that were checked.</summary>
public sealed record RedactionOptions
{
    public bool AllowAllKeys { get; init; }

    public IReadOnlyList<string> AllowedKeys { get; init; } = [];

    public IReadOnlyList<string> IgnoredKeys { get; init; } = [];

    internal IReadOnlyList<GoRegex> IgnoredKeyPatterns { get; init; } = [];

    internal IReadOnlyList<GoRegex> BlockedKeyPatterns { get; init; } = [];

    internal IReadOnlyList<GoRegex> BlockedValues { get; init; } = [];

    internal IReadOnlyList<GoRegex> AllowedValues { get; init; } = [];

    public bool RedactAllTypes { get; init; }

    public RedactionHash Hash { get; init; }

    public RedactionSummary Summary { get; init; }

    public bool SanitizeUrls { get; init; }

    public IReadOnlyList<string> UrlAttributes { get; init; } = [];

    public bool SanitizeUrlSpanNames { get; init; } = true;

    /// <summary>Database systems (<c>sql</c>, <c>redis</c>, …) with the attributes that hold their statements.</summary>
    public IReadOnlyList<(string System, IReadOnlyList<string> Attributes)> Databases { get; init; } = [];

    /// <summary>Null, with the reason, when a pattern cannot be read.</summary>
    public static RedactionOptions? Of(
        RedactionOptions plain, IReadOnlyList<string> ignoredKeys, IReadOnlyList<string> blockedKeys, IReadOnlyList<string> blockedValues, IReadOnlyList<string> allowedValues,
        out string? problem)
    {
        problem = null;
        var lists = new List<List<GoRegex>>();
        foreach (var list in (IReadOnlyList<string>[])[ignoredKeys, blockedKeys, blockedValues, allowedValues])
        {
            lists.Add([]);
            foreach (var pattern in list)
            {
                if (!GoRegex.TryParse(pattern, out var regex, out problem))
                {
                    problem = $"'{pattern}' is no regular expression: {problem}";
                    return null;
                }

                lists[^1].Add(regex!);
            }
        }

        return plain with { IgnoredKeyPatterns = lists[0], BlockedKeyPatterns = lists[1], BlockedValues = lists[2], AllowedValues = lists[3] };
    }
}

/// <summary>
/// <c>redaction</c>: removes attributes that are not allowed, masks values that are blocked, in resources, scopes, spans, events and
/// links.
/// </summary>
public sealed class RedactionProcessor(ComponentId id, RedactionOptions options, ITraceConsumer next) : EditingProcessor(id, next)
{
    private const string Mask = "****";

    private readonly HashSet<string> _allowed = [.. options.AllowedKeys];
    private readonly HashSet<string> _ignored = [.. options.IgnoredKeys];

    protected override ConsumeResult? Edit(BatchEdit edit)
    {
        for (var i = 0; i < edit.Batch.Resources.Length; i++)
        {
            Redact(edit.Resource(i).Attributes);
        }

        for (var i = 0; i < edit.Batch.Scopes.Length; i++)
        {
            Redact(edit.Scope(i).Attributes);
        }

        for (var i = 0; i < edit.Batch.SpanCount; i++)
        {
            var span = edit.Open(i);
            RedactName(span);
            Redact(span.Attributes);
            if (span.EventCount > 0)
            {
                foreach (var item in span.Events)
                {
                    Redact(item.Attributes);
                }
            }

            foreach (var link in span.Links)
            {
                Redact(link.Attributes);
            }

            edit.Keep(i);
        }

        return null;
    }

    private void RedactName(SpanRecord span)
    {
        if (options.SanitizeUrls && options.SanitizeUrlSpanNames && span.Kind is 2 or 3 && span.Name.Contains('/', StringComparison.Ordinal))
        {
            span.Name = UrlSanitizer.Sanitize(span.Name);
        }

        if (options.Databases.Count > 0 && span.Kind is 3 && DatabaseSanitizer.SystemOf(span.Attributes) is { } system
            && options.Databases.Any(database => database.System == system))
        {
            span.Name = DatabaseSanitizer.Sanitize(system, span.Name);
        }
    }

    private void Redact(AttributeMap attributes)
    {
        var notes = new Notes();
        for (var i = attributes.Count - 1; i >= 0; i--)
        {
            var key = attributes.KeyAt(i);
            if (_ignored.Contains(key) || options.IgnoredKeyPatterns.Any(pattern => pattern.IsMatch(key)))
            {
                notes.Ignored.Add(key);
                continue;
            }

            if (!options.AllowAllKeys && !_allowed.Contains(key))
            {
                attributes.RemoveAt(i);
                notes.Redacted.Add(key);
                continue;
            }

            var value = attributes.ValueAt(i);
            if (value is not string && !options.RedactAllTypes)
            {
                continue;
            }

            var text = OtlpValue.ToText(value);
            if (options.AllowedValues.Any(pattern => pattern.IsMatch(text)))
            {
                notes.Allowed.Add(key);
                continue;
            }

            if (options.BlockedKeyPatterns.Any(pattern => pattern.IsMatch(key)))
            {
                attributes.SetAt(i, Masked(text));
                notes.Masked.Add(key);
                continue;
            }

            var masked = options.BlockedValues.Aggregate(Sanitized(attributes, key, text), (result, pattern) => pattern.Replace(result, match => Masked(match.Value)));
            if (masked != text)
            {
                attributes.SetAt(i, masked);
                notes.Masked.Add(key);
            }
        }

        Tell(attributes, notes);
    }

    private string Sanitized(AttributeMap attributes, string key, string text)
    {
        if (options.SanitizeUrls && options.UrlAttributes.Contains(key))
        {
            text = UrlSanitizer.Sanitize(text);
        }

        foreach (var (system, keys) in options.Databases)
        {
            if (keys.Contains(key) && (DatabaseSanitizer.SystemOf(attributes) ?? system) == system)
            {
                text = DatabaseSanitizer.Sanitize(system, text);
            }
        }

        return text;
    }

    private string Masked(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return options.Hash switch
        {
            RedactionHash.Md5 => Convert.ToHexStringLower(MD5.HashData(bytes)),
            RedactionHash.Sha1 => Convert.ToHexStringLower(SHA1.HashData(bytes)),
            RedactionHash.Sha3 => Convert.ToHexStringLower(Sha3.Hash256(bytes)),
            _ => Mask,
        };
    }

    private void Tell(AttributeMap attributes, Notes notes)
    {
        if (options.Summary == RedactionSummary.Silent)
        {
            return;
        }

        Tell(attributes, "redaction.redacted", notes.Redacted);
        Tell(attributes, "redaction.masked", notes.Masked);
        Tell(attributes, "redaction.allowed", notes.Allowed);
        if (notes.Ignored.Count > 0)
        {
            attributes.Set("redaction.ignored.count", (long)notes.Ignored.Count);
        }
    }

    private void Tell(AttributeMap attributes, string name, List<string> keys)
    {
        if (keys.Count == 0)
        {
            return;
        }

        if (options.Summary == RedactionSummary.Debug)
        {
            attributes.Set($"{name}.keys", string.Join(',', keys.Order(StringComparer.Ordinal)));
        }

        attributes.Set($"{name}.count", (long)keys.Count);
    }

    private sealed class Notes
    {
        public List<string> Redacted { get; } = [];

        public List<string> Masked { get; } = [];

        public List<string> Allowed { get; } = [];

        public List<string> Ignored { get; } = [];
    }
}
