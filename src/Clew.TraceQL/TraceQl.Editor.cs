using Clew.TraceQL.Analysis;
using Clew.TraceQL.Completion;
using Clew.TraceQL.Syntax;

namespace Clew.TraceQL;

/// <summary>What editors ask.</summary>
public static partial class TraceQl
{
    /// <summary>
    /// Tokens, faults and proposals for a text that is being edited. An empty text has no faults. A text above
    /// <see cref="TraceQlLimits.MaxQueryBytes"/> has only the one that says so.
    /// </summary>
    /// <param name="text">The whole text.</param>
    /// <param name="cursor">Offset of the cursor in UTF-16 units; brought into the text when it is outside.</param>
    public static QueryAnalysis Analyze(string text, int cursor)
    {
        ArgumentNullException.ThrowIfNull(text);
        cursor = Math.Clamp(cursor, 0, text.Length);
        if (TextMap.CheckSize(text) is { } tooLarge)
        {
            var nothing = new CompletionContext(CompletionSituation.None, new TextRange(cursor, cursor), "", []);
            return new QueryAnalysis([], [tooLarge], nothing);
        }

        var comments = new List<TextRange>();
        var tokens = Lexer.Tokenize(text, comments);
        var diagnostics = string.IsNullOrWhiteSpace(text) ? [] : Parse(text).Diagnostics;
        return new QueryAnalysis(
            Classifier.Classify(text, tokens, comments),
            diagnostics,
            Completer.Complete(text, tokens, comments, cursor));
    }
}
