namespace Clew.Query.Search;

/// <summary>What a trace must have, as a monotone formula over "has a span that meets condition n".</summary>
internal abstract record TraceFormula
{
    internal sealed record Has(int Condition) : TraceFormula;

    internal sealed record All(IReadOnlyList<TraceFormula> Parts) : TraceFormula;

    internal sealed record Any(IReadOnlyList<TraceFormula> Parts) : TraceFormula;

    public static TraceFormula AllOf(IReadOnlyList<TraceFormula> parts) => parts.Count == 1 ? parts[0] : new All(parts);

    public static TraceFormula AnyOf(IReadOnlyList<TraceFormula> parts) => parts.Count == 1 ? parts[0] : new Any(parts);

    /// <summary>Evaluates for 64 traces at once; <paramref name="has"/> gives their bits for a condition.</summary>
    public ulong Evaluate(Func<int, ulong> has)
    {
        switch (this)
        {
            case Has leaf:
                return has(leaf.Condition);
            case All all:
                var result = ulong.MaxValue;
                foreach (var part in all.Parts)
                {
                    result &= result == 0 ? 0 : part.Evaluate(has);
                }

                return result;
            case Any any:
                var union = 0UL;
                foreach (var part in any.Parts)
                {
                    union |= part.Evaluate(has);
                }

                return union;
            default:
                throw new InvalidOperationException($"unknown formula {this}");
        }
    }
}
