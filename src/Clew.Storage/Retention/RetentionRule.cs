using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Clew.Model;

namespace Clew.Storage.Retention;

/// <summary>Traces that a TraceQL filter chooses are kept for so long, and of those only a share.</summary>
/// <param name="Match">The filter. The first rule whose filter holds for a trace decides.</param>
/// <param name="Keep">How long, counted from arrival; zero: for ever.</param>
/// <param name="Sample">The share that is kept, 0 to 1. What is kept says with <see cref="SampleWeight.Key"/> for how many it stands.</param>
public sealed record RetentionRule(string Match, TimeSpan Keep, double Sample = 1)
{
    /// <summary>Rules at most: a byte a trace names the one that decides.</summary>
    public const int MaxRules = 100;
}

/// <summary>What retention by rule writes on the spans that it keeps out of many.</summary>
public static class SampleWeight
{
    /// <summary>The span attribute, a double: the span stands for so many. TraceQL metrics count by it.</summary>
    public const string Key = "clew.sample_weight";

    /// <summary>
    /// True when a trace is in the share that is kept. It depends on the id alone, so parts and copies of a trace are decided alike, and those that a
    /// smaller share keeps are among those of a larger one.
    /// </summary>
    public static bool Keeps(TraceId trace, double share)
    {
        Span<byte> id = stackalloc byte[TraceId.Size];
        trace.WriteTo(id);
        // Hashed, because not every sender's ids are random; 53 bits are what a double has.
        return (XxHash3.HashToUInt64(id, seed: 0x636c6577) >> 11) * (1.0 / (1UL << 53)) < share;
    }

    /// <summary>Tells two sets of rules apart, for the manifest: a block that was sampled by these rules is not looked at again.</summary>
    public static string Fingerprint(IReadOnlyList<RetentionRule> rules)
    {
        var text = string.Join('\n', rules.Select(static rule => string.Create(CultureInfo.InvariantCulture, $"{rule.Sample:R} {rule.Match}")));
        return XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(text)).ToString("x16", CultureInfo.InvariantCulture);
    }
}
