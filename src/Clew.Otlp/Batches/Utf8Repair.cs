using System.Text;
using System.Text.Unicode;
using Clew.Otlp.Wire;

namespace Clew.Otlp.Batches;

/// <summary>
/// Copies a message of a known shape and replaces invalid UTF-8 in its texts by U+FFFD. A shape names the fields that are texts and
/// the fields that are messages of another shape; every other field is copied as it is. Not a hot path: it runs only for requests
/// that were found to hold invalid text.
/// </summary>
internal sealed class Utf8Repair
{
    private readonly int[] _texts;
    private (int Field, Func<Utf8Repair> Shape)[] _messages = [];

    private Utf8Repair(params int[] texts) => _texts = texts;

    /// <summary>Not a message: the bytes are one text.</summary>
    public static Utf8Repair Text { get; } = new(-1);

    private static Utf8Repair Value { get; } = new(OtlpFields.AnyValue.String)
    {
        _messages = [(OtlpFields.AnyValue.Array, () => ArrayValue!), (OtlpFields.AnyValue.KeyValueList, () => MapValue!)],
    };

    private static Utf8Repair ArrayValue { get; } = new() { _messages = [(OtlpFields.AnyValue.Values, () => Value)] };

    private static Utf8Repair KeyValue { get; } = new(OtlpFields.KeyValue.Key) { _messages = [(OtlpFields.KeyValue.Value, () => Value)] };

    private static Utf8Repair MapValue { get; } = new() { _messages = [(OtlpFields.AnyValue.Values, () => KeyValue)] };

    public static Utf8Repair Resource { get; } = new() { _messages = [(OtlpFields.Resource.Attributes, () => KeyValue)] };

    public static Utf8Repair Scope { get; } = new(OtlpFields.Scope.Name, OtlpFields.Scope.Version)
    {
        _messages = [(OtlpFields.Scope.Attributes, () => KeyValue)],
    };

    private static Utf8Repair Event { get; } = new(OtlpFields.Event.Name) { _messages = [(OtlpFields.Event.Attributes, () => KeyValue)] };

    private static Utf8Repair Link { get; } = new(OtlpFields.Link.TraceState) { _messages = [(OtlpFields.Link.Attributes, () => KeyValue)] };

    private static Utf8Repair Status { get; } = new(OtlpFields.Status.Message);

    public static Utf8Repair Span { get; } = new(OtlpFields.Span.TraceState, OtlpFields.Span.Name)
    {
        _messages =
        [
            (OtlpFields.Span.Attributes, () => KeyValue), (OtlpFields.Span.Events, () => Event),
            (OtlpFields.Span.Links, () => Link), (OtlpFields.Span.Status, () => Status),
        ],
    };

    /// <summary>Appends the repaired message; answers how many texts were changed.</summary>
    public int Copy(ReadOnlySpan<byte> message, PooledBuffer destination)
    {
        if (ReferenceEquals(this, Text))
        {
            var valid = Utf8.IsValid(message);
            destination.Write(valid ? message : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(message)));
            return valid ? 0 : 1;
        }

        var repaired = 0;
        var writer = new ProtoWriter(destination);
        var reader = new ProtoReader(message);
        var fieldStart = 0;
        while (reader.Next())
        {
            var shape = reader.Type == WireType.Length ? ShapeOf(reader.Field) : null;
            if (shape is null)
            {
                reader.Skip();
                destination.Write(message[fieldStart..reader.Position]);
            }
            else if (reader.TryBytes(out var inner))
            {
                var start = writer.BeginMessage(reader.Field);
                repaired += shape.Copy(inner, destination);
                writer.EndMessage(start);
            }

            fieldStart = reader.Position;
        }

        return repaired;
    }

    private Utf8Repair? ShapeOf(int field)
    {
        if (_texts.Contains(field))
        {
            return Text;
        }

        foreach (var (number, shape) in _messages)
        {
            if (number == field)
            {
                return shape();
            }
        }

        return null;
    }
}
