using System.Text.RegularExpressions;

namespace Clew.Api.Prometheus;

/// <summary>A condition on a label; an absent label has the empty value. Regular expressions match whole values.</summary>
internal sealed class LabelMatcher
{
    /// <summary>Without backtracking, as in Prometheus: no pattern can take long.</summary>
    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline;

    private readonly bool _isNegated;
    private readonly string _value;
    private readonly Regex? _regex;

    public LabelMatcher(string label, string comparison, string value)
    {
        Label = label;
        _value = value;
        _isNegated = comparison[0] == '!';
        if (comparison.Contains('~', StringComparison.Ordinal))
        {
            try
            {
                _regex = new Regex($"^(?:{value})$", Options);
            }
            catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
            {
                throw new PromException($"label '{label}': '{value}' is not a regular expression that can be used: {fault.Message}");
            }
        }
    }

    public string Label { get; }

    public bool Matches(string value) => _isNegated != (_regex?.IsMatch(value) ?? value == _value);

    /// <summary>True for <c>label="value"</c>.</summary>
    public bool IsEquality => _regex is null && !_isNegated;

    public string Value => _value;
}
