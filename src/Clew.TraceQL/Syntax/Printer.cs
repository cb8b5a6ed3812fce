using System.Globalization;
using System.Text;

namespace Clew.TraceQL.Syntax;

/// <summary>
/// Writes the canonical form: strings in backticks where possible, sub-expressions parenthesised, intrinsics in their
/// unscoped spelling, durations as Go writes them. Parsing it gives an equal tree.
/// </summary>
internal sealed partial class Printer
{
    private readonly StringBuilder _output = new();

    private Printer()
    {
    }

    public static string Print(SyntaxNode node)
    {
        var printer = new Printer();
        printer.Write(node);
        return printer._output.ToString();
    }

    public static string Print(StaticValue value)
    {
        var printer = new Printer();
        printer.WriteValue(value);
        return printer._output.ToString();
    }

    /// <summary>A string literal: raw where raw strings can hold it, else with Go's escapes.</summary>
    public static string Quote(string text) => Print(StaticValue.FromString(text));

    private void Write(SyntaxNode node)
    {
        switch (node)
        {
            case FieldExpression field:
                WriteField(field);
                break;
            case SpansetExpression spanset:
                WriteSpanset(spanset);
                break;
            case ScalarExpression scalar:
                WriteScalar(scalar);
                break;
            case PipelineStage stage:
                WriteStage(stage);
                break;
            case SortKey key:
                WriteSortKey(key);
                break;
            case Pipeline pipeline:
                WriteList(pipeline.Stages, " | ");
                break;
            case MetricsExpression metrics:
                WriteMetrics(metrics);
                break;
            case MetricsFunction function:
                WriteFunction(function);
                break;
            case MetricsStage stage:
                WriteMetricsStage(stage);
                break;
            case SearchQuery search:
                Write(search.Pipeline);
                break;
            case MetricsQuery metrics:
                Write(metrics.Expression);
                break;
            case Query query:
                WriteQuery(query);
                break;
            case Hint hint:
                _output.Append(hint.Name).Append('=');
                WriteValue(hint.Value);
                break;
            default:
                throw new ArgumentException($"no canonical form for {node.GetType().Name}", nameof(node));
        }
    }

    private void WriteQuery(Query query)
    {
        Write(query.Body);
        if (query.Hints.Count > 0)
        {
            _output.Append(" with(");
            WriteList(query.Hints, ", ");
            _output.Append(')');
        }
    }

    private void WriteField(FieldExpression field)
    {
        switch (field)
        {
            case Literal literal:
                WriteValue(literal.Value);
                break;
            case AttributeRef attribute:
                WriteAttribute(attribute);
                break;
            case IntrinsicRef intrinsic:
                _output.Append(intrinsic.Intrinsic.Text());
                break;
            case FieldUnary unary:
                _output.Append(unary.Operator.Text());
                WriteFieldOperand(unary.Operand, wrapsNegative: true);
                break;
            case FieldBinary binary:
                // A minus in front of a product or power would take all of it: -1 ^ x is -(1 ^ x).
                var tight = binary.Operator is >= BinaryOperator.Multiply and <= BinaryOperator.Power;
                WriteFieldOperand(binary.Left, wrapsNegative: tight);
                _output.Append(' ').Append(binary.Operator.Text()).Append(' ');
                WriteFieldOperand(binary.Right, wrapsNegative: false);
                break;
            default:
                throw new ArgumentException($"no canonical form for {field.GetType().Name}", nameof(field));
        }
    }

    private void WriteFieldOperand(FieldExpression operand, bool wrapsNegative)
    {
        var wraps = operand is FieldBinary or FieldUnary || (wrapsNegative && operand is Literal { Value: var value } && IsNegative(value));
        WriteWrapped(operand, wraps);
    }

    private void WriteWrapped(SyntaxNode node, bool wraps)
    {
        if (wraps)
        {
            _output.Append('(');
        }

        Write(node);
        if (wraps)
        {
            _output.Append(')');
        }
    }

    private void WriteList<T>(NodeList<T> nodes, string separator)
        where T : SyntaxNode
    {
        for (var i = 0; i < nodes.Count; i++)
        {
            if (i > 0)
            {
                _output.Append(separator);
            }

            Write(nodes[i]);
        }
    }

    private void WriteAttribute(AttributeRef attribute)
    {
        if (attribute.OfParent)
        {
            _output.Append("parent.");
        }

        var scope = attribute.Scope switch
        {
            FieldScope.Any when attribute.OfParent => "",
            FieldScope.Any => ".",
            FieldScope.Span => "span.",
            FieldScope.Resource => "resource.",
            FieldScope.Event => "event.",
            FieldScope.Link => "link.",
            _ => "instrumentation.",
        };
        _output.Append(scope);
        WriteName(attribute);
    }

    private void WriteName(AttributeRef attribute)
    {
        var name = attribute.Name;
        var wouldBeNumber = attribute is { Scope: FieldScope.Any, OfParent: false } && char.IsAsciiDigit(name[0]);
        var wouldBeScope = attribute is { Scope: FieldScope.Any, OfParent: true }
            && (name.StartsWith("span.", StringComparison.Ordinal) || name.StartsWith("resource.", StringComparison.Ordinal));
        var isPlain = !wouldBeNumber && !wouldBeScope && !name.Contains('"') && !name.AsSpan().ContainsAny(Lexer.NameEnds)
            && !name.Any(char.IsWhiteSpace);
        if (isPlain)
        {
            _output.Append(name);
            return;
        }

        _output.Append('"').Append(name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)).Append('"');
    }

    private void WriteValue(StaticValue value)
    {
        switch (value.Type)
        {
            case StaticType.Int when value.AsInt == long.MinValue:
                _output.Append("minInt");
                break;
            case StaticType.Int:
                _output.Append(CultureInfo.InvariantCulture, $"{value.AsInt}");
                break;
            case StaticType.Float:
                WriteFloat(value.AsFloat);
                break;
            case StaticType.Duration:
                DurationText.Write(_output, value.AsDurationNanos);
                break;
            case StaticType.String:
                WriteString(value.AsString);
                break;
            case StaticType.Bool:
                _output.Append(value.AsBool ? "true" : "false");
                break;
            case StaticType.Status:
                _output.Append(value.AsStatus.ToString().ToLowerInvariant());
                break;
            case StaticType.Kind:
                _output.Append(value.AsKind.ToString().ToLowerInvariant());
                break;
            default:
                _output.Append("nil");
                break;
        }
    }

    private void WriteFloat(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        _output.Append(text);
        if (!text.AsSpan().ContainsAny('.', 'E'))
        {
            _output.Append(".0");
        }
    }

    private void WriteString(string text)
    {
        if (!text.AsSpan().ContainsAny('`', '\r'))
        {
            _output.Append('`').Append(text).Append('`');
            return;
        }

        _output.Append('"');
        foreach (var c in text)
        {
            _ = c switch
            {
                '"' => _output.Append("\\\""),
                '\\' => _output.Append("\\\\"),
                '\n' => _output.Append("\\n"),
                '\r' => _output.Append("\\r"),
                _ => _output.Append(c),
            };
        }

        _output.Append('"');
    }

    private static bool IsNegative(StaticValue value) => value.IsNumeric && value.AsNumber < 0;
}
