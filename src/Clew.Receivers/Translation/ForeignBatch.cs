using System.Text;
using Clew.Otlp.Wire;

namespace Clew.Receivers.Translation;

/// <summary>
/// The spans of one request of another protocol, grouped by resource and scope in the order of their first span, and their encoding as
/// one ExportTraceServiceRequest.
/// </summary>
internal sealed class ForeignBatch
{
    /// <summary>
    /// Spans, attributes, events and links of one request. A few bytes on the wire can stand for an object of a hundred: this keeps a
    /// request of the largest size below some 400 MB of objects, and no sender comes near it.
    /// </summary>
    public const int MaxElements = 4 << 20;

    // A padded length in the encoding has room for 256 MiB. Text with bad bytes grows to three times its size when they are replaced.
    private const int MaxEncodedBytes = 192 << 20;

    // What an empty span weighs in MaxElements: it is an object with three lists.
    private const int SpanWeight = 4;

    private readonly Dictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private int _elements;

    public int SpanCount { get; private set; }

    /// <summary>False when the request passes <see cref="MaxElements"/>.</summary>
    public bool TryAdd(IReadOnlyList<KeyValuePair<string, object>> resource, ForeignSpan span)
    {
        _elements += SpanWeight + resource.Count + span.Attributes.Count + span.Events.Count + span.Links.Count;
        foreach (var happened in span.Events)
        {
            _elements += happened.Attributes.Count;
        }

        if (_elements > MaxElements)
        {
            return false;
        }

        var key = Key(resource);
        if (!_groups.TryGetValue(key, out var group))
        {
            _groups.Add(key, group = new Group(resource));
        }

        var scope = (span.ScopeName, span.ScopeVersion);
        if (!group.Scopes.TryGetValue(scope, out var spans))
        {
            group.Scopes.Add(scope, spans = []);
        }

        spans.Add(span);
        SpanCount++;
        return true;
    }

    /// <summary>Null when the encoding would be too large. The buffer is the caller's.</summary>
    public PooledBuffer? Encode()
    {
        var buffer = new PooledBuffer(Math.Clamp(SpanCount * 256, 256, 1 << 20));
        var writer = new ForeignWriter(buffer, MaxEncodedBytes);
        foreach (var group in _groups.Values)
        {
            writer.Resource(group.Resource, group.Scopes);
        }

        if (buffer.Length <= MaxEncodedBytes)
        {
            return buffer;
        }

        buffer.Dispose();
        return null;
    }

    private static string Key(IReadOnlyList<KeyValuePair<string, object>> resource)
    {
        // The usual resource is a service name and nothing else.
        if (resource is [{ Key: "service.name", Value: string service }])
        {
            return service;
        }

        var key = new StringBuilder("\0");
        foreach (var (name, value) in resource)
        {
            var text = value is byte[] bytes ? Convert.ToBase64String(bytes) : FormattableString.Invariant($"{value}");
            key.Append(name.Length).Append(':').Append(name).Append(value.GetType().Name).Append(text.Length).Append(':').Append(text);
        }

        return key.ToString();
    }

    private sealed record Group(IReadOnlyList<KeyValuePair<string, object>> Resource)
    {
        public Dictionary<(string Name, string Version), List<ForeignSpan>> Scopes { get; } = [];
    }
}
