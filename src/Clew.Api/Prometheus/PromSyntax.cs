namespace Clew.Api.Prometheus;

/// <summary>A PromQL expression. The subset and its limits are in <see cref="PromParser"/>.</summary>
internal abstract record PromExpression;

internal sealed record PromNumber(double Value) : PromExpression;

internal sealed record PromString(string Value) : PromExpression;

/// <summary>A metric by name and labels, of a moment or, with a range, of the time before it. All times in nanoseconds.</summary>
internal sealed record PromSelector(string Name, IReadOnlyList<LabelMatcher> Matchers, long RangeNanos, long OffsetNanos) : PromExpression
{
    public bool Matches(PromLabels labels)
    {
        foreach (var matcher in Matchers)
        {
            if (!matcher.Matches(labels[matcher.Label]))
            {
                return false;
            }
        }

        return true;
    }
}

internal sealed record PromCall(string Function, IReadOnlyList<PromExpression> Arguments) : PromExpression;

internal sealed record PromAggregate(string Operator, PromExpression? Parameter, PromExpression Operand, IReadOnlyList<string> Labels, bool Without) : PromExpression;

internal sealed record PromNegation(PromExpression Operand) : PromExpression;

/// <summary>An operator between two expressions. <see cref="Labels"/> are those of <c>on</c> or <c>ignoring</c>; null when neither is given.</summary>
internal sealed record PromBinary(string Operator, PromExpression Left, PromExpression Right, bool IsBool, IReadOnlyList<string>? Labels, bool IsOn) : PromExpression;

/// <summary>What cannot be read or answered, in words for the sender.</summary>
internal sealed class PromException(string message) : Exception(message);
