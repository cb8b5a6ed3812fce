using System.Text;
using Clew.Model;
using Clew.Storage.Backends;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;

namespace Clew.Storage.Tests.Blocks;

/// <summary>Builds and reads small blocks.</summary>
internal static class BlockKit
{
    public const string Prefix = "tenant/blocks/b1/";

    public static async Task<BlockMeta> WriteAsync(IObjectStore store, IEnumerable<IEnumerable<TestSpan>> traces, BlockBuilderOptions? options = null)
    {
        using var builder = new BlockBuilder(TenantId.Single, options);
        foreach (var span in traces.SelectMany(trace => trace))
        {
            Add(builder, span);
        }

        return await builder.WriteAsync(store, Prefix, createdUnixNano: 42);
    }

    public static void Add(BlockBuilder builder, TestSpan span)
    {
        var (resourceUrl, scopeUrl) = (Encoding.UTF8.GetBytes(span.ResourceUrl), Encoding.UTF8.GetBytes(span.ScopeUrl));
        builder.Add(new StoredSpan
        {
            TraceIndex = 0, Span = span.Span, Resource = span.Resource, ResourceSchemaUrl = resourceUrl, Scope = span.Scope, ScopeSchemaUrl = scopeUrl,
        });
    }

    /// <summary>Everything in the block, trace by trace, as text that can be compared.</summary>
    public static async Task<List<string>> ReadAllAsync(BlockReader block)
    {
        var sink = new TextSink();
        await block.ReadTracesAsync([.. Enumerable.Range(0, block.Traces.Count)], sink, CancellationToken.None);
        return sink.Spans;
    }

    /// <summary>The spans at some places of a trace.</summary>
    public static async Task<List<string>> ReadAsync(ISpanSource source, int trace, IReadOnlyList<int> places)
    {
        var sink = new TextSink();
        await source.ReadSpansAsync(trace, places, sink, CancellationToken.None);
        return sink.Spans;
    }

    /// <summary>All spans of a trace, in their places.</summary>
    public static async Task<List<string>> ReadAsync(ISpanSource source, int trace)
    {
        var sink = new TextSink();
        await source.ReadTracesAsync([trace], sink, CancellationToken.None);
        return sink.Spans;
    }

    /// <summary>A span with what it hangs under, as text.</summary>
    public static string Text(ReadOnlySpan<byte> span, ReadOnlySpan<byte> resource, ReadOnlySpan<byte> resourceUrl, ReadOnlySpan<byte> scope, ReadOnlySpan<byte> scopeUrl) =>
        $"{Canonical.Span(span)}\nresource {Convert.ToHexStringLower(resource)} {Encoding.UTF8.GetString(resourceUrl)}\n"
        + $"scope {Convert.ToHexStringLower(scope)} {Encoding.UTF8.GetString(scopeUrl)}";

    public static string Text(TestSpan span) =>
        Text(span.Span, span.Resource, Encoding.UTF8.GetBytes(span.ResourceUrl), span.Scope, Encoding.UTF8.GetBytes(span.ScopeUrl));

    private sealed class TextSink : IStoredSpanSink
    {
        public List<string> Spans { get; } = [];

        public void Add(in StoredSpan span) => Spans.Add(Text(span.Span, span.Resource, span.ResourceSchemaUrl, span.Scope, span.ScopeSchemaUrl));
    }
}
