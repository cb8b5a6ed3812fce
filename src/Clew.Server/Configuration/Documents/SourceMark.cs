using System.Globalization;

namespace Clew.Server.Configuration.Documents;

/// <summary>What a configuration text is written in.</summary>
internal enum DocumentKind
{
    /// <summary>Clew's own file; also <c>--set</c>, whose keys are Clew's.</summary>
    Own,
    Collector,
    CollectorChart,
    Tempo,
    TempoChart,
    Kiali,

    /// <summary>No text: a default of Clew.</summary>
    Default,

    /// <summary>No text of the operator: a default of a Helm chart whose values were given.</summary>
    ChartDefault,
}

/// <summary>
/// One text that settings came from, named as the operator wrote it: a path, <c>env:NAME</c>, <c>--set</c>, <c>--data</c>. Compared by
/// identity: the same file given twice is two documents.
/// </summary>
internal sealed class SourceDocument(string name, DocumentKind kind)
{
    public string Name { get; } = name;

    /// <summary>Set once more by the recogniser, when the text has been read.</summary>
    public DocumentKind Kind { get; set; } = kind;

    public static SourceDocument Default { get; } = new("default", DocumentKind.Default);

    public static SourceDocument ChartDefault { get; } = new("chart default", DocumentKind.ChartDefault);

    /// <summary>True when the text follows another program's rules, so that what Clew does not know is a warning and not an error.</summary>
    public bool IsForeign => Kind is not (DocumentKind.Own or DocumentKind.Default or DocumentKind.ChartDefault);

    /// <summary>True when a person wrote it for this process.</summary>
    public bool IsWritten => Kind is not (DocumentKind.Default or DocumentKind.ChartDefault);
}

/// <summary>
/// Where a key or value was written. Line and column count from 1; line 0 means that the document has no lines (a default, an option).
/// <paramref name="Via"/> tells how the text got there when it is not literally in the document: <c>env MY_POD_IP</c>.
/// </summary>
internal readonly record struct SourceMark(SourceDocument Document, int Line = 0, int Column = 0, string? Via = null)
{
    public static SourceMark Default { get; } = new(SourceDocument.Default);

    public static SourceMark ChartDefault { get; } = new(SourceDocument.ChartDefault);

    public override string ToString()
    {
        var place = Line == 0
            ? Document.Name
            : string.Create(CultureInfo.InvariantCulture, $"{Document.Name}:{Line}:{Column}");
        return Via is null ? place : $"{place} ({Via})";
    }
}
