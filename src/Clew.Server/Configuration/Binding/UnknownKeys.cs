using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Binding;

/// <summary>
/// What is said about a key that nobody reads. In our own texts it is an error. In another program's file it is a warning, because the
/// setting may be one that we lack; unless it is plainly a valid key mistyped, which that program would refuse too.
/// </summary>
internal static class UnknownKeys
{
    public static void Report(ConfigProblems problems, SourceMark mark, string path, string key, IReadOnlyList<string> known)
    {
        if (!mark.Document.IsWritten)
        {
            return;
        }

        var place = path.Length == 0 ? "" : $"{path}: ";
        var nearest = Nearest.Find(key, known);
        if (mark.Document.IsForeign && (nearest is null || !Nearest.IsTypingMistake(key, nearest)))
        {
            problems.Warn(mark, $"{place}'{key}' is not supported and has no effect");
            return;
        }

        var question = nearest is null ? "" : $"; did you mean '{nearest}'?";
        var valid = known.Count == 0 ? "it has no settings" : $"valid keys: {string.Join(", ", known)}";
        problems.Error(mark, $"{place}unknown key '{key}'{question} ({valid})");
    }
}
