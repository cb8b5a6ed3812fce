using Clew.Api.Http;
using Clew.TraceQL;
using QueryTree = Clew.TraceQL.Syntax.Query;

namespace Clew.Api.Tempo;

/// <summary>Parses query texts of requests.</summary>
internal static class QueryText
{
    /// <summary>The tree, or a 400 with the language's own message.</summary>
    public static QueryTree Parse(string text)
    {
        var result = TraceQl.Parse(text);
        return result.Success ? result.Root : throw ApiException.BadRequest(result.ErrorText!);
    }
}
