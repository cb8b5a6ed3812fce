using System.Text;
using System.Text.Json;
using Clew.Otlp.Wire;

namespace Clew.Otlp.Json;

/// <summary>
/// The state of one translation from OTLP/JSON to wire bytes. Methods answer false when the request is refused; a problem inside a
/// span is remembered until the span ends, which then disappears from the output.
/// </summary>
internal ref partial struct JsonTranslation(Utf8JsonReader reader, PooledBuffer output)
{
    private readonly PooledBuffer _output = output;
    private readonly JsonPath _path = new();
    private Utf8JsonReader _reader = reader;
    private bool _insideSpan;
    private string? _spanProblem;

    public string? Fault { get; private set; }

    public int RejectedSpans { get; private set; }

    public string? RejectReason { get; private set; }

    /// <summary>Where the reader stands, for messages.</summary>
    public readonly string Path => _path.ToString();

    private readonly ProtoWriter Writer => new(_output);

    public bool Request()
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            return Problem($"expected an object, found {Found()}");
        }

        if (!Message(JsonShape.Request))
        {
            return false;
        }

        // Throws when something follows the object.
        _reader.Read();
        return true;
    }

    /// <summary>Translates the members of the object that the reader has just entered.</summary>
    private bool Message(JsonShape shape)
    {
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = shape.ByName(_reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(UnescapedText()) : _reader.ValueSpan);
            _reader.Read();
            if (field is null)
            {
                _reader.Skip();
                continue;
            }

            _path.Enter(field.Name);
            var good = _reader.TokenType == JsonTokenType.Null || (field.IsRepeated ? List(field) : Value(field, shape.IsOneOf));
            if (!good)
            {
                return false;
            }

            _path.Leave();
        }

        return true;
    }

    private bool List(JsonField field)
    {
        if (_reader.TokenType != JsonTokenType.StartArray)
        {
            return Problem($"expected an array, found {Found()}");
        }

        for (var index = 0; _reader.Read() && _reader.TokenType != JsonTokenType.EndArray; index++)
        {
            _path.EnterItem(index);
            var good = field.Kind == JsonKind.Texts ? Text(field.Number)
                : ReferenceEquals(field.Shape, JsonShape.Span) ? Span(field)
                : Item(field);
            if (!good)
            {
                return false;
            }

            _path.Leave();
        }

        return true;
    }

    /// <summary>One message of a list. A null among the values of an array is an empty value.</summary>
    private bool Item(JsonField field)
    {
        if (_reader.TokenType == JsonTokenType.Null && ReferenceEquals(field.Shape, JsonShape.AnyValue))
        {
            Writer.BytesField(field.Number, []);
            return true;
        }

        return Nested(field);
    }

    private bool Span(JsonField field)
    {
        var start = _output.Length;
        _insideSpan = true;
        _spanProblem = null;
        var good = Nested(field);
        _insideSpan = false;
        if (_spanProblem is not null)
        {
            _output.Truncate(start);
            RejectedSpans++;
            RejectReason ??= _spanProblem;
        }

        return good;
    }

    private bool Nested(JsonField field)
    {
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            return Problem($"expected an object, found {Found()}");
        }

        var start = Writer.BeginShortMessage(field.Number);
        if (!Message(field.Shape))
        {
            return false;
        }

        Writer.EndShortMessage(start);
        return true;
    }

    /// <summary>Refuses the span that the reader is in, or else the request; passes over the value.</summary>
    private bool Problem(string what)
    {
        var problem = $"{Path}: {what}";
        if (!_insideSpan)
        {
            Fault = problem;
            return false;
        }

        _spanProblem ??= problem;
        _reader.Skip();
        return true;
    }

    private readonly string Found() => _reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => $"the string '{Shown()}'",
        JsonTokenType.Number => $"the number {Shown()}",
        JsonTokenType.Null => "null",
        _ => Shown(),
    };

    /// <summary>The token's text as it stands in the body, shortened.</summary>
    private readonly string Shown()
    {
        const int longest = 64;
        var text = Encoding.UTF8.GetString(_reader.ValueSpan[..Math.Min(_reader.ValueSpan.Length, longest)]);
        return _reader.ValueSpan.Length > longest ? text + "…" : text;
    }
}
