using Clew.Model;
using Clew.Storage.Columns;

namespace Clew.Storage.Retention;

/// <summary>Which rule decides each trace of a block: a byte a trace, found once, since neither changes.</summary>
internal sealed class BlockClasses
{
    private const byte None = byte.MaxValue;

    private readonly IReadOnlyList<RetentionRule> _rules;
    private readonly byte[] _ruleOf;

    private BlockClasses(IReadOnlyList<RetentionRule> rules, byte[] ruleOf)
    {
        _rules = rules;
        _ruleOf = ruleOf;
    }

    public static async ValueTask<BlockClasses> OfAsync(
        ISpanSource block, IReadOnlyList<RetentionRule> rules, IReadOnlyList<ITraceSelector> selectors, CancellationToken cancellationToken)
    {
        var ruleOf = new byte[block.Traces.Count];
        ruleOf.AsSpan().Fill(None);
        for (var rule = 0; rule < rules.Count; rule++)
        {
            var chosen = await selectors[rule].SelectAsync(block, cancellationToken).ConfigureAwait(false);
            for (var row = 0; row < ruleOf.Length; row++)
            {
                if (ruleOf[row] == None && chosen[row])
                {
                    ruleOf[row] = (byte)rule;
                }
            }
        }

        return new BlockClasses(rules, ruleOf);
    }

    /// <summary>
    /// What is to become of each trace: zero for one that goes, one for one that stays as it is, more for one that stays for so many.
    /// </summary>
    /// <param name="block">The block that this was made of.</param>
    /// <param name="age">Since its newest span arrived.</param>
    /// <param name="others">How long traces are kept that no rule means; zero for ever.</param>
    /// <param name="samples">Whether it is time to sample.</param>
    /// <param name="split">Traces that may have parts elsewhere: they stay until their parts are together.</param>
    public double[] Decide(ISpanSource block, TimeSpan age, TimeSpan others, bool samples, IReadOnlySet<TraceId> split)
    {
        var weights = new double[_ruleOf.Length];
        for (var row = 0; row < weights.Length; row++)
        {
            var rule = _ruleOf[row] == None ? null : _rules[_ruleOf[row]];
            var keep = rule?.Keep ?? others;
            var id = block.Traces[row].Id;
            weights[row] = split.Contains(id) ? 1
                : keep > TimeSpan.Zero && age > keep ? 0
                : rule is null || rule.Sample >= 1 || !samples ? 1
                : SampleWeight.Keeps(id, rule.Sample) ? 1 / rule.Sample : 0;
        }

        return weights;
    }
}
