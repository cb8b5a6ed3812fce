namespace Clew.Server.Configuration.Documents;

/// <summary>
/// Collects everything that is wrong, so that an operator sees it all at once. Errors keep the order in which the sources were given,
/// and inside one source that of the lines.
/// </summary>
internal sealed class ConfigProblems
{
    /// <summary>More are not printed: the first ones are usually the cause.</summary>
    public const int MaxErrors = 200;

    private readonly List<(SourceMark Mark, string Message)> _errors = [];
    private readonly List<string> _warnings = [];
    private readonly List<SourceDocument> _documents = [];

    public bool HasErrors => _errors.Count > 0;

    /// <summary>Fixes the order of the messages; documents that were never registered come last.</summary>
    public void Register(SourceDocument document) => _documents.Add(document);

    public void Error(SourceMark mark, string message)
    {
        if (!_errors.Contains((mark, message)))
        {
            _errors.Add((mark, message));
        }
    }

    public void Warn(SourceMark mark, string message) => Warn($"{mark}: {message}");

    public void Warn(string message)
    {
        if (!_warnings.Contains(message))
        {
            _warnings.Add(message);
        }
    }

    public ValueList<string> Warnings => _warnings.ToValueList();

    public ValueList<string> Errors()
    {
        var lines = _errors
            .OrderBy(error => Rank(error.Mark.Document))
            .ThenBy(static error => error.Mark.Line)
            .ThenBy(static error => error.Mark.Column)
            .Select(static error => $"{error.Mark}: {error.Message}")
            .ToList();
        if (lines.Count > MaxErrors)
        {
            var hidden = lines.Count - MaxErrors;
            lines.RemoveRange(MaxErrors, hidden);
            lines.Add($"and {hidden} more");
        }

        return lines.ToValueList();
    }

    private int Rank(SourceDocument document)
    {
        var index = _documents.IndexOf(document);
        return index < 0 ? int.MaxValue : index;
    }
}
