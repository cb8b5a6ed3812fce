using System.Globalization;
using System.Text.RegularExpressions;

namespace Clew.Mesh.Health;

/// <summary>How many requests with a code may be among all before something counts as degraded or failed, in percent.</summary>
public sealed record Tolerance(Regex Code, Regex Protocol, Regex Direction, double Degraded, double Failure);

/// <summary>Tolerances for those whose namespace, kind and name match.</summary>
public sealed record HealthRule(Regex Namespace, Regex Kind, Regex Name, IReadOnlyList<Tolerance> Tolerances);

/// <summary>The tolerances of every node: the annotation of its workload or service, else the first rule of the configuration that fits, else the defaults.</summary>
public sealed class HealthRules(IReadOnlyList<HealthRule> configured)
{
    /// <summary>The annotation that carries tolerances of one workload or service.</summary>
    public const string Annotation = "health.kiali.io/rate";

    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(100);

    public static HealthRules Default { get; } = new([]);

    public static IReadOnlyList<Tolerance> Standard { get; } =
    [
        Make("^5\\d\\d$|^error$", "^http$", ".*", 0, 10),
        Make("^4\\d\\d$", "^http$", ".*", 10, 20),
        Make("^[1-9]$|^1[0-6]$", "^grpc$", ".*", 0, 10),
        Make("^-$", "^http$|^grpc$", ".*", 0, 10),
    ];

    public IReadOnlyList<Tolerance> For(string ns, string kind, string name, string? annotation)
    {
        if (!string.IsNullOrEmpty(annotation) && TryParse(annotation, out var own))
        {
            return own;
        }

        foreach (var rule in configured)
        {
            if (rule.Namespace.IsMatch(ns) && rule.Kind.IsMatch(kind) && rule.Name.IsMatch(name))
            {
                return rule.Tolerances;
            }
        }

        return Standard;
    }

    /// <summary>Reads <c>code,degraded,failure,protocol,direction</c> in groups joined by <c>;</c>.</summary>
    public static bool TryParse(string text, out IReadOnlyList<Tolerance> tolerances)
    {
        var found = new List<Tolerance>();
        tolerances = found;
        foreach (var group in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var parts = group.Split(',', StringSplitOptions.TrimEntries);
            if (parts.Length != 5
                || !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var degraded)
                || !double.TryParse(parts[2], NumberStyles.Float, CultureInfo.InvariantCulture, out var failure)
                || TryMake(parts[0], parts[3], parts[4], degraded, failure) is not { } tolerance)
            {
                return false;
            }

            found.Add(tolerance);
        }

        return found.Count > 0;
    }

    /// <summary>A tolerance of texts as Kiali's configuration has them: <c>4XX</c> means any digit in place of X; empty means any. Null when one is no regular expression.</summary>
    public static Tolerance? TryMake(string code, string protocol, string direction, double degraded, double failure)
    {
        try
        {
            return Make(Anchored(code.Replace("X", "\\d", StringComparison.Ordinal).Replace("x", "\\d", StringComparison.Ordinal)), Anchored(protocol), Anchored(direction), degraded, failure);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>A pattern of the configuration; empty matches everything.</summary>
    public static Regex Pattern(string text) => new(text.Length == 0 ? ".*" : text, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking, s_limit);

    private static string Anchored(string text) => text.Length == 0 ? ".*" : text[0] == '^' ? text : $"^(?:{text})$";

    private static Tolerance Make(string code, string protocol, string direction, double degraded, double failure) =>
        new(Pattern(code), Pattern(protocol), Pattern(direction), degraded, failure);
}
