using Clew.TraceQL.Completion;
using CsCheck;

namespace Clew.TraceQL.Tests;

/// <summary>No text does anything but give a documented result.</summary>
public sealed class HostileTextTests(ITestOutputHelper output)
{
    private static readonly string[] Pieces =
    [
        "{", "}", "(", ")", "{ .a = 1 }", "span.", ".", "parent.", ".x", "\"", "`", "\\", "//", "/*", "*/", "\n", " ", "=", "!=", "=~", "!~", "!",
        "&&", "||", "|", ">>", "&>>", "!<<", "~", "+", "-", "*", "/", "%", "^", "1", "1.5", "5m", "1h1d", "1e", "minInt", "true", "nil", "error",
        "duration", "span:id", "trace:", "parent", "count()", "max(", "by(", "select(", "coalesce()", "sort(", "rate()", "quantile_over_time(",
        "compare({", "topk(", "with(", "p95(", "sample", ",", "\uD800", "é", "\0", "'", "[", "$", "&", "\"[\"",
    ];

    private static readonly string[] Corpus = [.. QueryCases.Read(QueryCases.CorpusPath).Values.SelectMany(queries => queries)];

    private static readonly Gen<string> PieceText = Gen.OneOf(Pieces).Array[0, 25].Select(pieces => string.Join("", pieces));

    private static readonly Gen<string> RandomText = Gen.Char.Array[0, 100].Select(chars => new string(chars));

    private static readonly Gen<string> MutatedText =
        Gen.Select(Gen.OneOf(Corpus), Gen.Select(Gen.Int[0, 3], Gen.Int[0, 200], Gen.Int[1, 10], Gen.OneOf(Pieces)).Array[1, 4])
            .Select((query, edits) => edits.Aggregate(query, Mutate));

    [Fact]
    public void Any_text_gives_a_documented_result() =>
        Gen.Select(Gen.Frequency((2, PieceText), (1, RandomText), (4, MutatedText)), Gen.Int[0, 200]).Sample(
            (text, cursor) =>
            {
                CheckParse(text);
                CheckAnalysis(text, cursor);
                _ = TraceQl.ParseLenientFilter(text)?.ToString();
                _ = TraceQl.ParseTags(text).ErrorText;
                _ = TraceQl.TryParseField(text, out _);
                _ = TraceQl.TryParseDuration(text, out _);
            },
            writeLine: output.WriteLine,
            iter: 6000,
            threads: 1);

    [Theory]
    [InlineData("(")]
    [InlineData("!(")]
    [InlineData("-")]
    [InlineData("{")]
    [InlineData("({")]
    [InlineData("{ (")]
    [InlineData("{ !")]
    [InlineData("!({ !(")]
    [InlineData("{ } | count() + (")]
    [InlineData("({} | rate()) + (")]
    [InlineData("({ } | max(-")]
    public void Deep_nesting_is_refused_within_a_small_stack(string start)
    {
        var repeated = start.TrimStart('{', ' ') is { Length: > 0 } rest ? rest : start;
        var text = start + string.Concat(Enumerable.Repeat(repeated, 100_000 / repeated.Length));
        OnSmallStack(() =>
        {
            Assert.Equal(DiagnosticPhase.Parse, TraceQl.Parse(text).Error?.Phase);
            _ = TraceQl.ParseLenientFilter(text);
            _ = TraceQl.Analyze(text, text.Length);
        });
    }

    [Theory]
    [InlineData(".a = 1", " || ")]
    [InlineData(".a != 1", " && ")]
    public void Long_chains_of_one_operator_are_accepted(string operand, string op)
    {
        var text = "{ " + string.Join(op, Enumerable.Repeat(operand, 10_000)) + " }";
        OnSmallStack(() =>
        {
            var result = TraceQl.Parse(text);
            Assert.Null(result.ErrorText);
            Assert.Equal(result.Root, Syntax.Parser.ParseQuery(result.Root!.ToString()));
            Assert.NotNull(TraceQl.ParseLenientFilter(text));
        });
    }

    [Theory]
    [InlineData("{ ", ".a", " + ", " = 1 }")]
    [InlineData("{ ", ".a", " = ", " }")]
    [InlineData("{ ", ".a", " ^ ", " = 1 }")]
    [InlineData("", "{ .a }", " >> ", "")]
    [InlineData("", "{ .a }", " && ", "")]
    [InlineData("", "count()", " + ", " > 1")]
    [InlineData("", "({} | rate())", " + ", "")]
    public void Long_chains_that_must_nest_are_refused_with_the_limit(string start, string operand, string op, string end)
    {
        var text = start + string.Join(op, Enumerable.Repeat(operand, 5_000)) + end;
        OnSmallStack(() => Assert.Contains("deeper than 128 levels", TraceQl.Parse(text).ErrorText, StringComparison.Ordinal));
    }

    [Fact]
    public void Deepest_accepted_tree_survives_printing()
    {
        const int levels = TraceQlLimits.MaxTreeDepth - 6;
        var text = "{ " + string.Concat(Enumerable.Repeat("!(.a = ", levels / 2)) + "true" + new string(')', levels / 2) + " }";
        OnSmallStack(() =>
        {
            var result = TraceQl.Parse(text);
            Assert.Null(result.ErrorText);
            Assert.Equal(result.Root, TraceQl.Parse(result.Root!.ToString()).Root);
        });
    }

    [Fact]
    public void Text_above_the_size_limit_is_refused_unread()
    {
        var text = "{ .a = `" + new string('한', TraceQlLimits.MaxQueryBytes / 3) + "` }";
        var result = TraceQl.Parse(text);
        Assert.Equal(DiagnosticPhase.Limit, result.Error?.Phase);
        Assert.StartsWith("TraceQL expression exceeds the configured maximum size of 131072 bytes, reduce", result.ErrorText, StringComparison.Ordinal);
        Assert.Null(TraceQl.ParseLenientFilter(text));
        Assert.False(TraceQl.TryParseField(text, out _));
        Assert.Equal(DiagnosticPhase.Limit, TraceQl.ParseTags(text).Error?.Phase);
        Assert.Equal(DiagnosticPhase.Limit, Assert.Single(TraceQl.Analyze(text, 3).Diagnostics).Phase);
        Assert.True(TraceQl.Parse("{ .a = `" + new string('한', (TraceQlLimits.MaxQueryBytes / 3) - 10) + "` }").Success);
    }

    private static void CheckParse(string text)
    {
        var result = TraceQl.Parse(text);
        if (!result.Success)
        {
            Assert.NotEmpty(result.ErrorText!);
        }
        else
        {
            Assert.Equal(result.Root, TraceQl.Parse(result.Root.ToString()).Root);
        }

        foreach (var diagnostic in result.Diagnostics)
        {
            Assert.InRange(diagnostic.Range.End, diagnostic.Range.Start, text.Length);
        }
    }

    private static void CheckAnalysis(string text, int cursor)
    {
        var analysis = TraceQl.Analyze(text, cursor);
        var end = 0;
        foreach (ClassifiedToken token in analysis.Tokens)
        {
            Assert.InRange(token.Range.Start, end, text.Length);
            Assert.InRange(token.Range.End, token.Range.Start, text.Length);
            end = token.Range.End;
        }

        var replace = analysis.Completion.Replace;
        Assert.InRange(replace.Start, 0, Math.Min(cursor, text.Length));
        Assert.InRange(replace.End, replace.Start, text.Length);
    }

    private static string Mutate(string text, (int Kind, int At, int Length, string Piece) edit)
    {
        var at = text.Length == 0 ? 0 : edit.At % text.Length;
        var length = Math.Min(edit.Length, text.Length - at);
        return edit.Kind switch
        {
            0 => text.Remove(at, length),
            1 => text.Insert(at, edit.Piece),
            2 => text.Insert(at, text.Substring(at, length)),
            _ => text.Remove(at, length).Insert(at, edit.Piece),
        };
    }

    private static void OnSmallStack(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(
            () =>
            {
                try
                {
                    action();
                }
                catch (Exception error)
                {
                    failure = error;
                }
            },
            maxStackSize: 1024 * 1024);
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            throw new InvalidOperationException("failed on the small stack", failure);
        }
    }
}
