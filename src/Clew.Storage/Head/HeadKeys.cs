using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Storage.Head;

/// <summary>
/// Attribute keys that occur outside of columns, so that a query for another key need not look there. One thread adds; any number read a
/// set that is replaced when a key is new. Beyond a limit it knows nothing any more.
/// </summary>
internal sealed class HeadKeys(int maxKeys)
{
    private readonly ByteInterner _known = new();
    private HashSet<string>? _names = [];

    /// <summary>Null once there were too many.</summary>
    public IReadOnlySet<string>? Names => Volatile.Read(ref _names);

    public void Add(ReadOnlySpan<byte> key)
    {
        if (_names is null)
        {
            return;
        }

        var before = _known.Count;
        if (_known.Intern(key) == before)
        {
            Volatile.Write(ref _names!, before >= maxKeys ? null! : [.. _names, System.Text.Encoding.UTF8.GetString(key)]);
        }
    }

    /// <summary>Adds the keys of all attributes of a message; <paramref name="field"/> is their number in it.</summary>
    public void AddAll(ReadOnlySpan<byte> message, int field)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == field && reader.TryBytes(out var keyValue))
            {
                AddKeyOf(keyValue);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void AddKeyOf(ReadOnlySpan<byte> keyValue)
    {
        ReadOnlySpan<byte> key = default;
        var reader = new ProtoReader(keyValue);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.KeyValue.Key)
            {
                reader.TryBytes(out key);
            }
            else
            {
                reader.Skip();
            }
        }

        Add(key);
    }
}
