using System.Collections;
using System.Text;
using Clew.Otlp.Wire;

namespace Clew.Otlp.Editing;

/// <summary>
/// Attributes that can be edited. An entry stays the bytes it came in until somebody asks for its value, and is written as those bytes
/// unless it was changed. Where a key occurs twice the first one counts and both are kept.
/// </summary>
public sealed class AttributeMap : IEnumerable<KeyValuePair<string, object?>>
{
    private const int ShortKey = 128;

    private readonly List<Entry> _entries = [];

    public int Count => _entries.Count;

    /// <summary>True after any change. Whoever edits a list or map inside a value sets the value again.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>Forgets everything and reads the entries of a message: its fields numbered <paramref name="field"/> are KeyValue messages.</summary>
    public void Load(ReadOnlyMemory<byte> message, int field)
    {
        Reset();
        var reader = new ProtoReader(message.Span);
        while (reader.Next())
        {
            if (reader.Field == field && reader.Type == WireType.Length && reader.TryBytes(out var entry, out var offset))
            {
                LoadEntry(message.Slice(offset, entry.Length));
            }
            else
            {
                reader.Skip();
            }
        }
    }

    /// <summary>Appends an encoded KeyValue as it is.</summary>
    internal void LoadEntry(ReadOnlyMemory<byte> keyValue) => _entries.Add(Entry.Of(keyValue));

    internal void Reset()
    {
        _entries.Clear();
        IsChanged = false;
    }

    public bool Has(string key) => IndexOf(key) >= 0;

    public bool TryGet(string key, out object? value)
    {
        var index = IndexOf(key);
        value = index < 0 ? null : ValueAt(index);
        return index >= 0;
    }

    /// <summary>The value, null when the key is absent.</summary>
    public object? Get(string key) => TryGet(key, out var value) ? value : null;

    public string KeyAt(int index)
    {
        var entry = _entries[index];
        if (entry.Key is null)
        {
            entry.Key = Encoding.UTF8.GetString(entry.KeyBytes.Span);
            _entries[index] = entry;
        }

        return entry.Key;
    }

    public object? ValueAt(int index)
    {
        var entry = _entries[index];
        if (!entry.IsDecoded)
        {
            entry.Value = OtlpValue.Read(entry.ValueBytes);
            entry.IsDecoded = true;
            _entries[index] = entry;
        }

        return entry.Value;
    }

    public void SetAt(int index, object? value)
    {
        _entries[index] = new Entry { Key = KeyAt(index), Value = value, IsDecoded = true };
        IsChanged = true;
    }

    public void RenameAt(int index, string key)
    {
        _entries[index] = new Entry { Key = key, Value = ValueAt(index), IsDecoded = true };
        IsChanged = true;
    }

    public void RemoveAt(int index)
    {
        _entries.RemoveAt(index);
        IsChanged = true;
    }

    public void Set(string key, object? value)
    {
        var index = IndexOf(key);
        if (index < 0)
        {
            _entries.Add(new Entry { Key = key, Value = value, IsDecoded = true });
            IsChanged = true;
        }
        else
        {
            SetAt(index, value);
        }
    }

    /// <summary>Removes every entry with the key.</summary>
    public bool Remove(string key)
    {
        var removed = false;
        for (var index = IndexOf(key); index >= 0; index = IndexOf(key))
        {
            RemoveAt(index);
            removed = true;
        }

        return removed;
    }

    public void Clear()
    {
        IsChanged |= _entries.Count > 0;
        _entries.Clear();
    }

    /// <summary>Says that something inside was changed without a call to this map.</summary>
    public void MarkChanged() => IsChanged = true;

    public AttributeMap Copy()
    {
        var copy = new AttributeMap();
        for (var i = 0; i < Count; i++)
        {
            copy._entries.Add(new Entry { Key = KeyAt(i), Value = OtlpValue.Copy(ValueAt(i)), IsDecoded = true });
        }

        return copy;
    }

    /// <summary>Becomes equal to another map, sharing nothing with it.</summary>
    public void ReplaceBy(AttributeMap other)
    {
        if (!ReferenceEquals(other, this))
        {
            var copy = other.Copy();
            _entries.Clear();
            _entries.AddRange(copy._entries);
        }

        IsChanged = true;
    }

    public void Write(PooledBuffer buffer, int field)
    {
        var writer = new ProtoWriter(buffer);
        foreach (var entry in _entries)
        {
            // A list or map that was handed out may have been edited in place, so that it is written anew.
            if (entry.Raw.Length > 0 && entry.Value is not (OtlpList or AttributeMap))
            {
                writer.BytesField(field, entry.Raw.Span);
                continue;
            }

            var start = writer.BeginShortMessage(field);
            if (entry.Key is not null)
            {
                writer.StringField(OtlpFields.KeyValue.Key, entry.Key);
            }
            else
            {
                writer.BytesField(OtlpFields.KeyValue.Key, entry.KeyBytes.Span);
            }

            var value = writer.BeginShortMessage(OtlpFields.KeyValue.Value);
            if (entry.IsDecoded)
            {
                OtlpValue.Write(buffer, entry.Value);
            }
            else
            {
                buffer.Write(entry.ValueBytes.Span);
            }

            writer.EndShortMessage(value);
            writer.EndShortMessage(start);
        }
    }

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (var i = 0; i < _entries.Count; i++)
        {
            yield return new KeyValuePair<string, object?>(KeyAt(i), ValueAt(i));
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int IndexOf(string key)
    {
        if (_entries.Count == 0)
        {
            return -1;
        }

        Span<byte> shortKey = stackalloc byte[ShortKey];
        var bytes = Encoding.UTF8.TryGetBytes(key, shortKey, out var length) ? shortKey[..length] : Encoding.UTF8.GetBytes(key);
        for (var i = 0; i < _entries.Count; i++)
        {
            var entry = _entries[i];
            if (entry.Key is not null ? entry.Key == key : entry.KeyBytes.Span.SequenceEqual(bytes))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>One attribute. <see cref="Raw"/> is the encoded KeyValue as long as nothing in it was changed, else empty.</summary>
    private struct Entry
    {
        public ReadOnlyMemory<byte> Raw;
        public ReadOnlyMemory<byte> KeyBytes;
        public ReadOnlyMemory<byte> ValueBytes;
        public string? Key;
        public object? Value;
        public bool IsDecoded;

        public static Entry Of(ReadOnlyMemory<byte> keyValue)
        {
            var entry = new Entry { Raw = keyValue };
            var reader = new ProtoReader(keyValue.Span);
            while (reader.Next())
            {
                if (reader.Field == OtlpFields.KeyValue.Key && reader.TryBytes(out var key, out var keyOffset))
                {
                    entry.KeyBytes = keyValue.Slice(keyOffset, key.Length);
                }
                else if (reader.Field == OtlpFields.KeyValue.Value && reader.TryBytes(out var value, out var valueOffset))
                {
                    entry.ValueBytes = keyValue.Slice(valueOffset, value.Length);
                }
                else
                {
                    reader.Skip();
                }
            }

            return entry;
        }
    }
}
