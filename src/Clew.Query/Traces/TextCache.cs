using System.Text;

namespace Clew.Query.Traces;

/// <summary>
/// Turns repeated UTF-8 texts (keys, names, short values) into one string each while traces are decoded. Belongs to one decoder.
/// </summary>
internal sealed class TextCache
{
    /// <summary>Longer texts are rarely repeated and are not kept.</summary>
    private const int MaxLength = 64;

    // 2048 slots: a batch of traces has some hundreds of distinct keys and values; a collision only costs a new string.
    private const int Slots = 2048;

    private readonly string?[] _texts = new string?[Slots];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length == 0)
        {
            return "";
        }

        if (utf8.Length > MaxLength)
        {
            return Encoding.UTF8.GetString(utf8);
        }

        uint hash = 2166136261;
        foreach (var b in utf8)
        {
            hash = (hash ^ b) * 16777619;
        }

        ref var slot = ref _texts[(hash ^ (hash >> 15)) % Slots];
        if (slot is not null && Same(slot, utf8))
        {
            return slot;
        }

        return slot = Encoding.UTF8.GetString(utf8);
    }

    private static bool Same(string text, ReadOnlySpan<byte> utf8)
    {
        Span<byte> encoded = stackalloc byte[MaxLength];
        return Encoding.UTF8.TryGetBytes(text, encoded, out var length) && encoded[..length].SequenceEqual(utf8);
    }
}
