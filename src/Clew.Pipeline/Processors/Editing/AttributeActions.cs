using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Clew.Otlp.Batches;
using Clew.Otlp.Editing;
using Clew.Pipeline.Text;

namespace Clew.Pipeline.Processors.Editing;

public enum AttributeActionKind
{
    Insert,
    Update,
    Upsert,
    Delete,
    Hash,
    Extract,
    Convert,
}

/// <summary>One action of <c>attributes</c> or <c>resource</c>.</summary>
public sealed record AttributeAction(AttributeActionKind Kind)
{
    public string Key { get; init; } = "";

    /// <summary>For delete and hash: of keys. For extract: of the value, with named groups.</summary>
    internal GoRegex? Pattern { get; init; }

    public object? Value { get; init; }

    public string? FromAttribute { get; init; }

    /// <summary><c>metadata.NAME</c>, <c>auth.NAME</c> or <c>client.address</c>.</summary>
    public string? FromContext { get; init; }

    public object? DefaultValue { get; init; }

    /// <summary><c>int</c>, <c>double</c> or <c>string</c>.</summary>
    public string ConvertedType { get; init; } = "";

    /// <summary>Null, with the reason, when the pattern cannot be read.</summary>
    public static AttributeAction? Of(AttributeAction plain, string? pattern, out string? problem)
    {
        problem = null;
        if (pattern is null)
        {
            return plain;
        }

        if (!GoRegex.TryParse(pattern, out var regex, out problem))
        {
            return null;
        }

        if (plain.Kind == AttributeActionKind.Extract && regex!.GroupNames.Count == 0)
        {
            problem = "it needs at least one named group: (?P<name>…)";
            return null;
        }

        return plain with { Pattern = regex };
    }

    public void Apply(AttributeMap attributes, BatchContext context)
    {
        switch (Kind)
        {
            case AttributeActionKind.Insert or AttributeActionKind.Update or AttributeActionKind.Upsert:
                if (Kind == AttributeActionKind.Upsert || attributes.Has(Key) == (Kind == AttributeActionKind.Update))
                {
                    if (Source(attributes, context) is { } value)
                    {
                        attributes.Set(Key, OtlpValue.Copy(value));
                    }
                }

                break;
            case AttributeActionKind.Delete:
                ForMatching(attributes, static (map, index) => map.RemoveAt(index));
                break;
            case AttributeActionKind.Hash:
                ForMatching(attributes, static (map, index) => map.SetAt(index, Convert.ToHexStringLower(SHA256.HashData(BytesOf(map.ValueAt(index))))));
                break;
            case AttributeActionKind.Extract:
                if (attributes.Get(Key) is string text && Pattern!.Groups(text) is { } groups)
                {
                    foreach (var (name, group) in groups)
                    {
                        attributes.Set(name, group);
                    }
                }

                break;
            default:
                if (attributes.TryGet(Key, out var present) && Converted(present) is { } converted && !Equals(converted, present))
                {
                    attributes.Set(Key, converted);
                }

                break;
        }
    }

    /// <summary>Empty for a source that is not there: nothing is done then.</summary>
    private object? Source(AttributeMap attributes, BatchContext context)
    {
        if (Value is not null)
        {
            return Value;
        }

        var found = FromAttribute is not null ? attributes.Get(FromAttribute) : FromContext is not null ? OfContext(context) : null;
        return found ?? DefaultValue;
    }

    private string? OfContext(BatchContext context)
    {
        if (FromContext == "client.address")
        {
            return context.Peer;
        }

        var isAuth = FromContext!.StartsWith("auth.", StringComparison.Ordinal);
        var name = FromContext[(FromContext.IndexOf('.', StringComparison.Ordinal) + 1)..];
        var values = isAuth ? context.Auth : context.Metadata;
        return values.TryGetValue(isAuth ? name : name.ToLowerInvariant(), out var found) ? string.Join(';', found) : null;
    }

    private void ForMatching(AttributeMap attributes, Action<AttributeMap, int> act)
    {
        for (var i = attributes.Count - 1; i >= 0; i--)
        {
            var key = attributes.KeyAt(i);
            if ((Key.Length > 0 && key == Key) || (Pattern is not null && Pattern.IsMatch(key)))
            {
                act(attributes, i);
            }
        }
    }

    private object? Converted(object? value) => (ConvertedType, value) switch
    {
        ("int", string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null,
        ("int", double number) => (long)number,
        ("int", bool flag) => flag ? 1L : 0L,
        ("double", string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
        ("double", long number) => (double)number,
        ("double", bool flag) => flag ? 1.0 : 0.0,
        ("string", not null) => OtlpValue.ToText(value),
        _ => null,
    };

    private static byte[] BytesOf(object? value)
    {
        var bytes = new byte[8];
        switch (value)
        {
            case string text:
                return Encoding.UTF8.GetBytes(text);
            case bool flag:
                return [flag ? (byte)1 : (byte)0];
            case long number:
                BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
                return bytes;
            case double number:
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
                return bytes;
            case byte[] raw:
                return raw;
            default:
                return Encoding.UTF8.GetBytes(OtlpValue.ToText(value));
        }
    }
}
