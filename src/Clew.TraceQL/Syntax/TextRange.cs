namespace Clew.TraceQL.Syntax;

/// <summary>A stretch of the query text, in UTF-16 units: <paramref name="Start"/> included, <paramref name="End"/> not.</summary>
public readonly record struct TextRange(int Start, int End)
{
    public int Length => End - Start;

    public bool Contains(int offset) => offset >= Start && offset < End;

    /// <summary>The smallest range that holds both.</summary>
    public static TextRange Cover(TextRange first, TextRange last) =>
        new(Math.Min(first.Start, last.Start), Math.Max(first.End, last.End));
}
