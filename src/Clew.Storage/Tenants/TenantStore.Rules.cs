using Clew.Model;
using Clew.Storage.Blocks;
using Clew.Storage.Columns;
using Clew.Storage.Compaction;
using Clew.Storage.Retention;

namespace Clew.Storage.Tenants;

/// <summary>
/// Retention by rule, a part of compaction: each trace of a block belongs to the first rule whose filter it meets. A block is rewritten without what
/// has expired once that is an eighth of it, and once to sample it, when its traces are so old that no part is expected any more. Traces with parts in
/// several blocks wait until they are together. Roll-ups stay as they were counted, before anything was sampled away.
/// </summary>
internal sealed partial class TenantStore
{
    /// <summary>A rewrite for the sake of expired traces is worth it when they have this share of a block's spans.</summary>
    private const int WorthwhileShare = 8;

    private IReadOnlyList<ITraceSelector>? _ruleSelectors;
    private string? _rulesFingerprint;

    private bool HasRules => _options.Rules.Count > 0;

    /// <summary>After so long every trace has expired; null when some are kept for ever.</summary>
    private TimeSpan? LongestKeep
    {
        get
        {
            var keeps = _options.Rules.Select(static rule => rule.Keep).Append(_retention).ToList();
            return keeps.Exists(static keep => keep <= TimeSpan.Zero) ? null : keeps.Max();
        }
    }

    private string RulesFingerprint => _rulesFingerprint ??= SampleWeight.Fingerprint(_options.Rules);

    private TimeSpan AgeOf(BlockHandle block) => TimeSpan.FromTicks((UnixNano.Now(_clock) - block.Record.MaxArrivalUnixNano) / 100);

    private bool MaySample(BlockHandle block) =>
        AgeOf(block) >= _options.TraceMaxAge && block.Record.SampledBy != RulesFingerprint && _options.Rules.Any(static rule => rule.Sample < 1);

    /// <summary>Whether the rules ask for a rewrite. Looks at one new block a time: reading one takes a while.</summary>
    private async ValueTask FindDueAsync(IReadOnlyCollection<BlockHandle> blocks, IReadOnlySet<TraceId>? split, CancellationToken cancellationToken)
    {
        if (!HasRules || split is null || !_watch.IsTrusted || _selectors() is not { } factory)
        {
            return;
        }

        _ruleSelectors ??= [.. _options.Rules.Select(rule => factory.Create(rule.Match))];
        var shortest = _options.Rules.Select(static rule => rule.Keep).Append(_retention).Where(static keep => keep > TimeSpan.Zero).DefaultIfEmpty(TimeSpan.MaxValue).Min();
        var mayLook = true;
        var now = UnixNano.Now(_clock);
        foreach (var block in blocks)
        {
            if (IsBefore(now, block.NextLookUnixNano, ExpireInterval) || IsSetAside(block) || (AgeOf(block) <= shortest && !MaySample(block)))
            {
                continue;
            }

            if (block.Classes is null)
            {
                if (!mayLook)
                {
                    continue;
                }

                mayLook = false;
                try
                {
                    block.Classes = await BlockClasses.OfAsync(block.Reader, _options.Rules, _ruleSelectors, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception fault) when (Damage.Is(fault))
                {
                    SetAside([block], fault);
                    continue;
                }
            }

            block.IsDue = IsWorthARewrite(block, split);
            block.NextLookUnixNano = now + (ExpireInterval.Ticks * 100);
        }
    }

    private bool IsWorthARewrite(BlockHandle block, IReadOnlySet<TraceId> split)
    {
        var weights = Weights(block, split)!;
        var gone = 0L;
        var weighed = false;
        for (var row = 0; row < weights.Length; row++)
        {
            gone += weights[row] == 0 ? block.Reader.Traces[row].SpanCount : 0;
            weighed |= weights[row] > 1;
        }

        return weighed || gone * WorthwhileShare >= block.Record.SpanCount || (gone > 0 && MaySample(block));
    }

    /// <summary>What the rules make of a block's traces now; null when they have not looked at it.</summary>
    private double[]? Weights(BlockHandle block, IReadOnlySet<TraceId> split) =>
        block.Classes?.Decide(block.Reader, AgeOf(block), _retention, MaySample(block), split);

    /// <summary>What the merge of some blocks is to leave out and to weigh, and what the manifest then says of the result.</summary>
    private (IReadOnlyList<double[]?>? Weights, string? SampledBy) RulesFor(List<BlockHandle> inputs, IReadOnlySet<TraceId>? split)
    {
        if (!HasRules || split is null || !_watch.IsTrusted)
        {
            return (null, null);
        }

        var weights = inputs.ConvertAll(block => Weights(block, split));
        var areSampled = inputs.TrueForAll(block => block.Record.SampledBy == RulesFingerprint || (block.Classes is not null && MaySample(block)));
        // A trace that waits for its parts is still to be sampled.
        var noneWaits = split.Count == 0 || !inputs.Exists(block => split.Any(id => block.Reader.Traces.TryFind(id, out _)));
        return (weights, areSampled && noneWaits ? RulesFingerprint : null);
    }
}
