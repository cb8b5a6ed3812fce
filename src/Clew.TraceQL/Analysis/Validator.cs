using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Analysis;

internal sealed class Validator
{
    public static NodeList<Diagnostic> Validate(Query query, string text) => [];
}
