using Clew.Model;

namespace Clew.Query.ById;

/// <summary>
/// Tells apart a client and a server span that share one id, as Zipkin's instrumentation and Envoy write them: the server gets an id of
/// its own and the client as its parent; spans that named the shared id as their parent hang under the server.
/// </summary>
internal sealed class SharedSpanIds
{
    private readonly Dictionary<SpanId, SpanId> _serverIds = [];
    private readonly Dictionary<SpanId, StoredTrace.Entry> _servers = [];

    private SharedSpanIds()
    {
    }

    /// <summary>Null when no id is shared, which is nearly always.</summary>
    public static SharedSpanIds? Find(List<StoredTrace.Entry> entries)
    {
        var clients = new HashSet<SpanId>();
        var all = new HashSet<SpanId>();
        foreach (var entry in entries)
        {
            all.Add(entry.Id);
            if (entry.Kind == SpanKind.Client)
            {
                clients.Add(entry.Id);
            }
        }

        SharedSpanIds? shared = null;
        foreach (var entry in entries)
        {
            if (entry.Kind == SpanKind.Server && clients.Contains(entry.Id))
            {
                shared ??= new SharedSpanIds();
                shared._servers[entry.Id] = entry;
                shared._serverIds[entry.Id] = NewId(entry.Id, all);
            }
        }

        return shared;
    }

    /// <summary>The ids to write instead; null when the span keeps its own.</summary>
    public Repair? For(StoredTrace.Entry entry)
    {
        if (_servers.TryGetValue(entry.Id, out var server) && ReferenceEquals(server, entry))
        {
            return new Repair(_serverIds[entry.Id], entry.Id);
        }

        // A client does not become the child of its own server.
        return entry.ParentId != entry.Id && _serverIds.TryGetValue(entry.ParentId, out var parent) ? new Repair(entry.Id, parent) : null;
    }

    // Derived from the old id alone, so that the same trace gets the same ids each time it is asked for.
    private static SpanId NewId(SpanId id, HashSet<SpanId> taken)
    {
        var value = id.Value;
        do
        {
            // One step of SplitMix64: a bijection, so different ids do not meet unless by the taken ones.
            value += 0x9E3779B97F4A7C15;
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            value ^= value >> 31;
        }
        while (value == 0 || !taken.Add(new SpanId(value)));

        return new SpanId(value);
    }

    internal readonly record struct Repair(SpanId Id, SpanId ParentId);
}
