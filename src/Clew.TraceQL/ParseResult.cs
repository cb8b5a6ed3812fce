using System.Diagnostics.CodeAnalysis;
using Clew.TraceQL.Syntax;

namespace Clew.TraceQL;

/// <summary>A query that may be run, or the reasons why not.</summary>
public sealed class ParseResult
{
    internal ParseResult(Query? root, NodeList<Diagnostic> diagnostics)
    {
        Diagnostics = diagnostics;
        foreach (var diagnostic in diagnostics)
        {
            if (diagnostic.Severity == DiagnosticSeverity.Error)
            {
                Error ??= diagnostic;
            }
        }

        Root = Error is null ? root : null;
    }

    /// <summary>The tree of a query that parses and validates; null when there is an error.</summary>
    public Query? Root { get; }

    /// <summary>Everything that was found, errors first in the order of the checks.</summary>
    public NodeList<Diagnostic> Diagnostics { get; }

    /// <summary>The error that decides; null when there is none.</summary>
    public Diagnostic? Error { get; }

    [MemberNotNullWhen(true, nameof(Root))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool Success => Error is null;

    /// <summary>What to answer a sender (HTTP 400, gRPC InvalidArgument); null when there is no error.</summary>
    public string? ErrorText => Error?.ToText();
}
