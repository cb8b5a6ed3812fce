using Clew.Api.Http;
using Clew.TraceQL;
using QueryTree = Clew.TraceQL.Syntax.Query;

namespace Clew.Api.Tempo;

/// <summary>Parses query texts of requests.</summary>
internal static class QueryText
{
    /// <summary>The tree, or a 400 with the language's own message.</summary>
    public static QueryTree Parse(string text) => Root(TraceQl.Parse(text));

    /// <summary>The tree of a parsed text, or a 400.</summary>
    public static QueryTree Root(ParseResult result) => result.Success ? result.Root : throw ApiException.BadRequest(result.ErrorText!);
}
