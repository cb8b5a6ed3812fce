using Clew.Otlp.Batches;
using Clew.Otlp.Wire;

namespace Clew.Otlp.Editing;

/// <summary>Makes a batch of spans from several sources: equal resources and equal scopes are written once, in the order of arrival.</summary>
public sealed class BatchComposer : IDisposable
{
    private readonly PooledBuffer _bytes = new();
    private readonly List<Group> _resources = [];
    private readonly List<Group> _scopes = [];
    private readonly Dictionary<(int Parent, int Hash), List<int>> _known = [];
    private readonly List<(int Scope, Slice Span)> _spans = [];

    public int SpanCount => _spans.Count;

    /// <summary>Bytes of the spans added so far.</summary>
    public int Length => _bytes.Length;

    /// <summary>Adds a span of a batch under its own resource and scope.</summary>
    public void Add(TraceBatch batch, in SpanEntry span)
    {
        var resource = batch.Resources[span.Resource];
        var scope = batch.Scopes[span.Scope];
        Add(batch.ContextBytes(resource), batch.SchemaUrl(resource), batch.ContextBytes(scope), batch.SchemaUrl(scope), batch.SpanBytes(span));
    }

    public void Add(
        ReadOnlySpan<byte> resource, ReadOnlySpan<byte> resourceSchema, ReadOnlySpan<byte> scope, ReadOnlySpan<byte> scopeSchema, ReadOnlySpan<byte> span)
    {
        var resourceIndex = Find(_resources, -1, resource, resourceSchema);
        var scopeIndex = Find(_scopes, resourceIndex, scope, scopeSchema);
        _spans.Add((scopeIndex, Keep(span)));
    }

    /// <summary>The batch, owned by the caller.</summary>
    public TraceBatch Build(BatchContext context)
    {
        var spans = _spans.ToLookup(static entry => entry.Scope, static entry => entry.Span);
        var scopes = Enumerable.Range(0, _scopes.Count).ToLookup(index => _scopes[index].Parent);
        var buffer = new PooledBuffer(_bytes.Length + 256);
        var writer = new ProtoWriter(buffer);
        for (var resource = 0; resource < _resources.Count; resource++)
        {
            var resourceStart = writer.BeginMessage(OtlpFields.RequestResourceSpans);
            Write(writer, OtlpFields.ResourceSpans.Resource, OtlpFields.ResourceSpans.SchemaUrl, _resources[resource]);
            foreach (var scope in scopes[resource])
            {
                var scopeStart = writer.BeginMessage(OtlpFields.ResourceSpans.ScopeSpans);
                Write(writer, OtlpFields.ScopeSpans.Scope, OtlpFields.ScopeSpans.SchemaUrl, _scopes[scope]);
                foreach (var span in spans[scope])
                {
                    writer.BytesField(OtlpFields.ScopeSpans.Spans, BytesOf(span));
                }

                writer.EndMessage(scopeStart);
            }

            writer.EndMessage(resourceStart);
        }

        return OtlpScanner.Scan(buffer, context, OtlpLimits.AlreadyChecked).Batch!;
    }

    public void Dispose() => _bytes.Dispose();

    private void Write(ProtoWriter writer, int field, int schemaField, Group group)
    {
        writer.BytesField(field, BytesOf(group.Content));
        if (group.Schema.Length > 0)
        {
            writer.BytesField(schemaField, BytesOf(group.Schema));
        }
    }

    private int Find(List<Group> groups, int parent, ReadOnlySpan<byte> content, ReadOnlySpan<byte> schema)
    {
        // Resources have parent -1, scopes the index of their resource: one table for both.
        var hash = new HashCode();
        hash.AddBytes(content);
        var key = (parent, hash.ToHashCode());
        if (!_known.TryGetValue(key, out var candidates))
        {
            _known[key] = candidates = [];
        }

        foreach (var candidate in candidates)
        {
            if (BytesOf(groups[candidate].Content).SequenceEqual(content) && BytesOf(groups[candidate].Schema).SequenceEqual(schema))
            {
                return candidate;
            }
        }

        groups.Add(new Group(parent, Keep(content), Keep(schema)));
        candidates.Add(groups.Count - 1);
        return groups.Count - 1;
    }

    private Slice Keep(ReadOnlySpan<byte> bytes)
    {
        var start = _bytes.Length;
        _bytes.Write(bytes);
        return new Slice(start, bytes.Length);
    }

    private ReadOnlySpan<byte> BytesOf(Slice slice) => _bytes.Written.Slice(slice.Offset, slice.Length);

    private readonly record struct Slice(int Offset, int Length);

    private readonly record struct Group(int Parent, Slice Content, Slice Schema);
}
