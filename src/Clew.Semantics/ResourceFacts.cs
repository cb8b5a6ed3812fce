using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Semantics.Attributes;
using Clew.Semantics.Nodes;

namespace Clew.Semantics;

/// <summary>What a resource says, read once for all of its spans. Immutable.</summary>
public sealed class ResourceFacts
{
    private readonly string?[] _texts;

    private ResourceFacts(int id, string?[] texts)
    {
        Id = id;
        _texts = texts;
        Node = NodeDerivation.Derive(Text, isProxy: Text(SemanticKey.Component) == NodeDerivation.ProxyComponent);
    }

    /// <summary>Number of this resource within its reader.</summary>
    public int Id { get; }

    /// <summary>The node as far as the resource alone tells; attributes of a span may say more.</summary>
    public ServiceNode Node { get; }

    /// <summary>An attribute of the resource as text, empty when it has none.</summary>
    public string Text(SemanticKey key) => _texts[(int)key] ?? "";

    internal static ResourceFacts Read(int id, ReadOnlySpan<byte> resource, AttributeSlots slots)
    {
        slots.Clear();
        var reader = new ProtoReader(resource);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.Resource.Attributes && reader.Type == WireType.Length && reader.TryBytes(out var keyValue, out var offset))
            {
                slots.Add(keyValue, offset);
            }
            else
            {
                reader.Skip();
            }
        }

        var texts = new string?[SemanticKeys.Count];
        foreach (var key in slots.Keys)
        {
            texts[(int)key] = slots.Text(key, resource);
        }

        return new ResourceFacts(id, texts);
    }
}
