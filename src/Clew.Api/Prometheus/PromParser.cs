using System.Globalization;
using System.Text;

namespace Clew.Api.Prometheus;

/// <summary>
/// Reads the part of PromQL that dashboards over trace metrics use: selectors with matchers, range and offset; the functions of
/// <see cref="PromFunctions"/>; aggregations with by and without; arithmetic, comparison and set operators with on and ignoring. What else
/// PromQL has (subqueries, @, group_left, native histograms) is refused by name.
/// </summary>
internal sealed class PromParser
{
    /// <summary>Characters of a query at most.</summary>
    public const int MaxLength = 64 << 10;

    private const int MaxDepth = 100;

    private static readonly string[] Aggregations = ["sum", "avg", "min", "max", "count", "group", "topk", "bottomk", "quantile", "stddev", "stdvar"];
    private static readonly string[] KnownElsewhere = ["count_values", "limitk", "limit_ratio"];

    private readonly string _text;
    private int _at;
    private int _depth;

    private PromParser(string text) => _text = text;

    public static PromExpression Parse(string text)
    {
        if (text.Length > MaxLength)
        {
            throw new PromException($"the query has {text.Length} characters; the limit is {MaxLength}");
        }

        var parser = new PromParser(text);
        var expression = parser.Expression(0);
        parser.Space();
        return parser._at == text.Length ? expression : throw parser.Fault($"unexpected '{parser.Rest()}'");
    }

    /// <summary>A selector alone, as <c>match[]</c> takes it.</summary>
    public static PromSelector ParseSelector(string text) => Parse(text) is PromSelector { RangeNanos: 0 } selector
        ? selector
        : throw new PromException($"match[]: '{text}' is not a selector; use a metric's name with matchers in braces");

    private static int Precedence(string op) => op switch
    {
        "or" => 1,
        "and" or "unless" => 2,
        "==" or "!=" or "<=" or "<" or ">=" or ">" => 3,
        "+" or "-" => 4,
        "*" or "/" or "%" or "atan2" => 5,
        "^" => 6,
        _ => 0,
    };

    private PromExpression Expression(int least)
    {
        if (++_depth > MaxDepth)
        {
            throw Fault($"more than {MaxDepth} expressions within each other");
        }

        var left = Unary();
        while (Operator() is { Length: > 0 } op && Precedence(op) > least)
        {
            _at += op.Length;
            var (isBool, isOn, labels) = Modifiers(op);
            // Powers bind to the right.
            var right = Expression(op == "^" ? Precedence(op) - 1 : Precedence(op));
            left = new PromBinary(op, left, right, isBool, labels, isOn);
        }

        _depth--;
        return left;
    }

    private (bool IsBool, bool IsOn, IReadOnlyList<string>? Labels) Modifiers(string op)
    {
        var isBool = Word("bool");
        if (isBool && Precedence(op) != 3)
        {
            throw Fault("'bool' goes with a comparison");
        }

        var isOn = Word("on");
        var labels = isOn || Word("ignoring") ? LabelList() : null;
        if (Word("group_left") || Word("group_right"))
        {
            throw Fault("group_left and group_right are not supported here; the sides must match one to one");
        }

        return (isBool, isOn, labels);
    }

    private PromExpression Unary()
    {
        Space();
        if (Take('-'))
        {
            return new PromNegation(Expression(5));
        }

        return Take('+') ? Expression(5) : Postfix(Primary());
    }

    private PromExpression Primary()
    {
        Space();
        if (_at >= _text.Length)
        {
            throw Fault("the query ends early");
        }

        var c = _text[_at];
        if (Take('('))
        {
            var inner = Expression(0);
            Expect(')');
            return inner;
        }

        if (c is '"' or '\'' or '`')
        {
            return new PromString(Quoted());
        }

        if (char.IsAsciiDigit(c) || (c == '.' && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1])))
        {
            return new PromNumber(Number());
        }

        if (c == '{')
        {
            return Selector("");
        }

        var name = Name();
        if (name.Equals("inf", StringComparison.OrdinalIgnoreCase) || name.Equals("nan", StringComparison.OrdinalIgnoreCase))
        {
            return new PromNumber(name.Equals("nan", StringComparison.OrdinalIgnoreCase) ? double.NaN : double.PositiveInfinity);
        }

        Space();
        if (Aggregations.Contains(name) && (Peek('(') || PeekWord("by") || PeekWord("without")))
        {
            return Aggregate(name);
        }

        if (KnownElsewhere.Contains(name))
        {
            throw Fault($"the aggregation '{name}' is not supported here; there are {string.Join(", ", Aggregations)}");
        }

        return Peek('(') ? Call(name) : Selector(name);
    }

    private PromExpression Postfix(PromExpression expression)
    {
        while (true)
        {
            Space();
            if (Peek('['))
            {
                _at++;
                var range = Duration();
                Space();
                if (Peek(':'))
                {
                    throw Fault("subqueries ([range:step]) are not supported here; use a range of a metric");
                }

                Expect(']');
                expression = expression is PromSelector { RangeNanos: 0 } selector && range > 0
                    ? selector with { RangeNanos = range }
                    : throw Fault("a range goes behind a metric");
            }
            else if (Word("offset"))
            {
                Space();
                var sign = Take('-') ? -1 : 1;
                expression = expression is PromSelector selector ? selector with { OffsetNanos = sign * Duration() } : throw Fault("an offset goes behind a metric");
            }
            else if (Peek('@'))
            {
                throw Fault("the modifier @ is not supported here; give the time as parameter of the request");
            }
            else
            {
                return expression;
            }
        }
    }

    private PromAggregate Aggregate(string name)
    {
        var (labels, without) = Grouping();
        Expect('(');
        var first = Expression(0);
        PromExpression? parameter = null;
        if (name is "topk" or "bottomk" or "quantile")
        {
            Expect(',');
            parameter = first;
            first = Expression(0);
        }

        Expect(')');
        if (labels is null)
        {
            (labels, without) = Grouping();
        }

        return new PromAggregate(name, parameter, first, labels ?? [], without);
    }

    private (IReadOnlyList<string>? Labels, bool Without) Grouping()
    {
        if (Word("by"))
        {
            return (LabelList(), false);
        }

        return Word("without") ? (LabelList(), true) : (null, false);
    }

    private PromCall Call(string name)
    {
        Expect('(');
        var arguments = new List<PromExpression>();
        Space();
        while (!Peek(')'))
        {
            arguments.Add(Expression(0));
            Space();
            if (!Take(','))
            {
                break;
            }

            Space();
        }

        Expect(')');
        PromFunctions.Check(name, arguments);
        return new PromCall(name, arguments);
    }

    private PromSelector Selector(string name)
    {
        var matchers = new List<LabelMatcher>();
        Space();
        if (Take('{'))
        {
            Space();
            while (!Peek('}'))
            {
                var label = Peek('"') || Peek('\'') ? Quoted() : Name();
                Space();
                if (Peek(',') || Peek('}'))
                {
                    // {"metric.name", …}: the name in quotes.
                    name = label;
                }
                else
                {
                    var comparison = Comparison();
                    Space();
                    var value = Quoted();
                    if (label == PromLabels.MetricName && comparison == "=")
                    {
                        name = value;
                    }
                    else
                    {
                        matchers.Add(new LabelMatcher(label, comparison, value));
                    }
                }

                Space();
                if (!Take(','))
                {
                    break;
                }

                Space();
            }

            Expect('}');
        }

        return name.Length == 0 && matchers.Count == 0
            ? throw Fault("a selector needs a name or a matcher")
            : new PromSelector(name, matchers, 0, 0);
    }

    private string Comparison()
    {
        foreach (var comparison in (string[])["=~", "!~", "!=", "="])
        {
            if (string.CompareOrdinal(_text, _at, comparison, 0, comparison.Length) == 0)
            {
                _at += comparison.Length;
                return comparison;
            }
        }

        throw Fault("a matcher needs =, !=, =~ or !~");
    }

    private List<string> LabelList()
    {
        Expect('(');
        var labels = new List<string>();
        Space();
        while (!Peek(')'))
        {
            labels.Add(Name());
            Space();
            if (!Take(','))
            {
                break;
            }

            Space();
        }

        Expect(')');
        return labels;
    }

    private string Operator()
    {
        Space();
        foreach (var op in (string[])["==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "^"])
        {
            if (string.CompareOrdinal(_text, _at, op, 0, op.Length) == 0)
            {
                return op;
            }
        }

        foreach (var op in (string[])["and", "or", "unless", "atan2"])
        {
            if (PeekWord(op))
            {
                return op == "atan2" ? throw Fault("the operator 'atan2' is not supported here") : op;
            }
        }

        return "";
    }

    private double Number()
    {
        var start = _at;
        if (_at + 1 < _text.Length && _text[_at] == '0' && _text[_at + 1] is 'x' or 'X')
        {
            _at += 2;
            while (_at < _text.Length && char.IsAsciiHexDigit(_text[_at]))
            {
                _at++;
            }

            return ulong.TryParse(_text.AsSpan(start + 2, _at - start - 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var hex) ? hex : throw Fault("not a number");
        }

        while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] is '.' or '_' || (_text[_at] is 'e' or 'E') || (_text[_at] is '+' or '-' && _text[_at - 1] is 'e' or 'E')))
        {
            _at++;
        }

        // A duration is a number of seconds.
        if (_at < _text.Length && char.IsAsciiLetter(_text[_at]))
        {
            _at = start;
            return Duration() / 1e9;
        }

        return double.TryParse(_text.AsSpan(start, _at - start).ToString().Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Fault($"'{_text[start.._at]}' is not a number");
    }

    private long Duration()
    {
        Space();
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] == '.'))
        {
            _at++;
        }

        var text = _text[start.._at];
        return PromDuration.TryParse(text, out var nanos) ? nanos : throw Fault($"'{text}' is not a duration; use 5m, 1h30m or 1d");
    }

    private string Name()
    {
        Space();
        var start = _at;
        while (_at < _text.Length && (char.IsAsciiLetterOrDigit(_text[_at]) || _text[_at] is '_' or ':'))
        {
            _at++;
        }

        return _at > start ? _text[start.._at] : throw Fault(_at < _text.Length ? $"unexpected '{Rest()}'" : "the query ends early");
    }

    private string Quoted()
    {
        if (_at >= _text.Length || _text[_at] is not ('"' or '\'' or '`'))
        {
            throw Fault("a value in quotes is expected");
        }

        var quote = _text[_at++];
        var value = new StringBuilder();
        while (_at < _text.Length && _text[_at] != quote)
        {
            var c = _text[_at++];
            if (c == '\\' && quote != '`' && _at < _text.Length)
            {
                c = _text[_at++] switch
                {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    var other => other,
                };
            }

            value.Append(c);
        }

        return _at < _text.Length ? Ended() : throw Fault("a quoted value does not end");

        string Ended()
        {
            _at++;
            return value.ToString();
        }
    }

    private void Space()
    {
        while (_at < _text.Length && (char.IsWhiteSpace(_text[_at]) || _text[_at] == '#'))
        {
            if (_text[_at] == '#')
            {
                var end = _text.IndexOf('\n', _at);
                _at = end < 0 ? _text.Length : end;
            }
            else
            {
                _at++;
            }
        }
    }

    private bool Peek(char c) => _at < _text.Length && _text[_at] == c;

    private bool Take(char c)
    {
        if (Peek(c))
        {
            _at++;
            return true;
        }

        return false;
    }

    private void Expect(char c)
    {
        Space();
        if (!Take(c))
        {
            throw Fault(_at < _text.Length ? $"'{c}' is expected, not '{Rest()}'" : $"'{c}' is missing at the end");
        }
    }

    private bool PeekWord(string word)
    {
        Space();
        var end = _at + word.Length;
        return end <= _text.Length && string.Compare(_text, _at, word, 0, word.Length, StringComparison.OrdinalIgnoreCase) == 0
            && (end == _text.Length || !(char.IsAsciiLetterOrDigit(_text[end]) || _text[end] is '_' or ':'));
    }

    private bool Word(string word)
    {
        if (PeekWord(word))
        {
            _at += word.Length;
            return true;
        }

        return false;
    }

    private string Rest() => _text.Substring(_at, Math.Min(20, _text.Length - _at));

    private PromException Fault(string what) => new($"parse error at character {_at + 1}: {what}");
}
