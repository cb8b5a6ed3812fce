using System.Text.RegularExpressions;
using Clew.Model;
using Clew.TraceQL.Syntax;
using QueryTree = Clew.TraceQL.Syntax.Query;

namespace Clew.Api.Tempo;

/// <summary>
/// What people type to open a trace: the bare id, or <c>trace_id="abc123"</c>, in either case, without its leading zeros, and without the
/// quotes, which a shell eats. None is a TraceQL query, so nothing is taken away from the language.
/// </summary>
internal static partial class TypedTraceId
{
    public static bool TryRead(string text, out TraceId id)
    {
        var match = Form().Match(text);
        id = default;
        return match.Success && TraceId.TryParse(match.Groups["id"].ValueSpan, out id);
    }

    public static QueryTree ToQuery(TraceId id)
    {
        var condition = new FieldBinary(
            BinaryOperator.Equal, new IntrinsicRef(Intrinsic.TraceId), new Literal(StaticValue.FromString(id.ToString())));
        return new QueryTree(new SearchQuery(new Pipeline([new SpansetStage(new SpansetFilter(condition))])), []);
    }

    [GeneratedRegex("""^\s*(?:\{?\s*(?:trace_id|traceid)\s*=\s*(?<quote>"?)(?<id>[0-9a-f]{1,32})\k<quote>\s*\}?|(?<id>[0-9a-f]{1,32}))\s*$""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
