namespace Clew.TraceQL;

/// <summary>The limits of the language. Passing one is an error that names it.</summary>
public static class TraceQlLimits
{
    /// <summary>UTF-8 bytes of a query's text.</summary>
    public const int MaxQueryBytes = 128 * 1024;

    /// <summary>
    /// Levels of a parsed tree. The smallest stack that .NET gives a thread on Linux has 1.5 MB. A parenthesis takes the
    /// parser 2.7 kB of it without optimisation, so the nesting that this depth asks for takes half of it.
    /// </summary>
    public const int MaxTreeDepth = 128;

    /// <summary>
    /// Open parentheses and prefix operators at one place. Above twice the depth of the tree, so that the canonical form of
    /// every tree, which has at most a prefix and a parenthesis per level, can be parsed again.
    /// </summary>
    public const int MaxNesting = (2 * MaxTreeDepth) + 32;

    /// <summary>
    /// Operands of an <c>&amp;&amp;</c> or <c>||</c> chain that are kept as they associate; longer chains of one operator, which may
    /// be thousands of values from a dashboard, are balanced instead, which means the same.
    /// </summary>
    public const int MaxLinearChain = 64;

    /// <summary>Labels of a metrics function's <c>by(…)</c>.</summary>
    public const int MaxMetricsGroupBy = 32;

    /// <summary>Quantiles of one <c>quantile_over_time</c>.</summary>
    public const int MaxQuantiles = 32;

    /// <summary>Fields of one <c>select(…)</c>.</summary>
    public const int MaxSelectFields = 256;

    /// <summary>Keys of one <c>sort(…)</c>.</summary>
    public const int MaxSortKeys = 8;

    /// <summary>Pairs of one tag search.</summary>
    public const int MaxTags = 64;

    /// <summary>UTF-16 units of a regular expression.</summary>
    public const int MaxRegexLength = 32 * 1024;

    /// <summary>Compiled regular expressions that are kept for their next use; each holds up to some megabytes.</summary>
    public const int MaxKeptRegexes = 32;

    /// <summary>Errors and hints that one analysis reports.</summary>
    public const int MaxDiagnostics = 100;
}
