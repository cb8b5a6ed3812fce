using Clew.TraceQL.Analysis;
using Clew.TraceQL.Syntax;

namespace Clew.TraceQL;

/// <summary>
/// The language: text in, tree or errors out. Nothing here throws because of the text it is given. Thread-safe.
/// </summary>
public static partial class TraceQl
{
    /// <summary>What every error about the text of a query starts with.</summary>
    public const string ErrorPrefix = "invalid TraceQL query: ";

    /// <summary>Parses and validates a query.</summary>
    public static ParseResult Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (TextMap.CheckSize(text) is { } tooLarge)
        {
            return new ParseResult(null, [tooLarge]);
        }

        try
        {
            var query = Parser.ParseQuery(text);
            return new ParseResult(query, Validator.Validate(query, text));
        }
        catch (ParseException error)
        {
            return new ParseResult(null, [TextMap.Diagnose(text, error)]);
        }
    }

    /// <summary>
    /// A field by itself, as in the path of a tag values request: <c>.a</c>, <c>resource."a b"</c>, <c>name</c>,
    /// <c>span:name</c>. False when the text is none.
    /// </summary>
    public static bool TryParseField(string text, out FieldReference? field)
    {
        ArgumentNullException.ThrowIfNull(text);
        field = null;
        if (TextMap.CheckSize(text) is not null)
        {
            return false;
        }

        try
        {
            field = Parser.ParseField(text);
            return true;
        }
        catch (ParseException)
        {
            return false;
        }
    }

    /// <summary>
    /// A duration as the language writes them: Prometheus style (<c>1d</c>, <c>1h30m</c>) or Go style (<c>1.5s</c>, <c>100us</c>),
    /// with an optional minus. False when the text is none or exceeds 292 years.
    /// </summary>
    public static bool TryParseDuration(ReadOnlySpan<char> text, out long nanos) => DurationText.TryParse(text, out nanos);
}
