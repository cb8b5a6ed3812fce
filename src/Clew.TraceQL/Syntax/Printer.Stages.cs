using System.Globalization;

namespace Clew.TraceQL.Syntax;

/// <summary>Spansets, pipelines, scalars and metrics.</summary>
internal sealed partial class Printer
{
    private void WriteSpanset(SpansetExpression spanset)
    {
        switch (spanset)
        {
            case SpansetFilter filter:
                _output.Append("{ ");
                Write(filter.Condition);
                _output.Append(" }");
                break;
            case SpansetBinary binary:
                WriteWrapped(binary.Left, binary.Left is SpansetBinary);
                _output.Append(' ').Append(binary.Operator.Text()).Append(' ');
                WriteWrapped(binary.Right, binary.Right is SpansetBinary);
                break;
            case SpansetNegation negation:
                _output.Append('!');
                WriteWrapped(negation.Operand, negation.Operand is not SpansetPipeline);
                break;
            case SpansetPipeline pipeline:
                WriteWrapped(pipeline.Pipeline, wraps: true);
                break;
            default:
                throw new ArgumentException($"no canonical form for {spanset.GetType().Name}", nameof(spanset));
        }
    }

    private void WriteStage(PipelineStage stage)
    {
        switch (stage)
        {
            case SpansetStage spanset:
                Write(spanset.Expression);
                break;
            case ScalarFilter filter:
                WriteWrapped(filter.Left, filter.Left is ScalarBinary);
                _output.Append(' ').Append(filter.Operator.Text()).Append(' ');
                WriteWrapped(filter.Right, filter.Right is ScalarBinary);
                break;
            case GroupBy group:
                WriteCall("by", group.Key);
                break;
            case Coalesce:
                _output.Append("coalesce()");
                break;
            case Select select:
                _output.Append("select(");
                WriteList(select.Fields, ", ");
                _output.Append(')');
                break;
            case Sort sort:
                _output.Append("sort(");
                WriteList(sort.Keys, ", ");
                _output.Append(')');
                break;
            default:
                throw new ArgumentException($"no canonical form for {stage.GetType().Name}", nameof(stage));
        }
    }

    private void WriteSortKey(SortKey key)
    {
        if (key.Kind == SortKeyKind.Field)
        {
            // The bare word means the trace's duration here, so the span's is always written with its scope.
            var text = key.Field is IntrinsicRef { Intrinsic: Intrinsic.Duration } ? Intrinsic.Duration.ScopedText() : Print(key.Field!);
            _output.Append(text);
        }
        else
        {
            _output.Append(key.Kind.ToString().ToLowerInvariant());
        }

        _output.Append(key.Ascending ? " asc" : " desc");
    }

    private void WriteScalar(ScalarExpression scalar)
    {
        switch (scalar)
        {
            case ScalarLiteral literal:
                WriteValue(literal.Value);
                break;
            case Aggregate { Kind: AggregateKind.Quantile, Quantile: { } quantile } aggregate:
                _output.Append("quantile(");
                Write(aggregate.Argument!);
                _output.Append(CultureInfo.InvariantCulture, $", {quantile:R})");
                break;
            case Aggregate { Argument: null }:
                _output.Append("count()");
                break;
            case Aggregate aggregate:
                WriteCall(aggregate.Kind.ToString().ToLowerInvariant(), aggregate.Argument);
                break;
            case ScalarBinary binary:
                WriteWrapped(binary.Left, binary.Left is ScalarBinary);
                _output.Append(' ').Append(binary.Operator.Text()).Append(' ');
                WriteWrapped(binary.Right, binary.Right is ScalarBinary);
                break;
            case ScalarPipeline pipeline:
                _output.Append('(');
                Write(pipeline.Source);
                _output.Append(" | ");
                Write(pipeline.Value);
                _output.Append(')');
                break;
            default:
                throw new ArgumentException($"no canonical form for {scalar.GetType().Name}", nameof(scalar));
        }
    }

    private void WriteMetrics(MetricsExpression metrics)
    {
        switch (metrics)
        {
            case MetricsPipeline pipeline:
                Write(pipeline.Source);
                _output.Append(" | ");
                Write(pipeline.Function);
                break;
            case StagedMetrics staged:
                Write(staged.Input);
                foreach (var stage in staged.Stages)
                {
                    Write(stage);
                }

                break;
            case MetricsBinary binary:
                WriteWrapped(binary.Left, binary.Left is not MetricsScalar);
                _output.Append(' ').Append(binary.Operator.Text()).Append(' ');
                WriteWrapped(binary.Right, binary.Right is not MetricsScalar);
                break;
            case MetricsScalar scalar:
                WriteValue(scalar.Value);
                break;
            default:
                throw new ArgumentException($"no canonical form for {metrics.GetType().Name}", nameof(metrics));
        }
    }

    private void WriteFunction(MetricsFunction function)
    {
        if (function is MetricsCompare compare)
        {
            _output.Append("compare(");
            Write(compare.Selection);
            _output.Append(CultureInfo.InvariantCulture, $", {compare.TopN}");
            if (compare is { StartUnixNano: { } start, EndUnixNano: { } end })
            {
                _output.Append(CultureInfo.InvariantCulture, $", {start}, {end}");
            }

            _output.Append(')');
            return;
        }

        var aggregate = (MetricsAggregate)function;
        _output.Append(TokenFacts.Name(TokenKind.Rate + (byte)aggregate.Kind)).Append('(');
        if (aggregate.Argument is not null)
        {
            Write(aggregate.Argument);
        }

        foreach (var quantile in aggregate.Quantiles)
        {
            _output.Append(CultureInfo.InvariantCulture, $", {quantile:R}");
        }

        _output.Append(')');
        if (aggregate.By.Count > 0)
        {
            _output.Append(" by(");
            WriteList(aggregate.By, ", ");
            _output.Append(')');
        }
    }

    private void WriteMetricsStage(MetricsStage stage)
    {
        switch (stage)
        {
            case RankStage rank:
                _output.Append(CultureInfo.InvariantCulture, $" | {(rank.Top ? "topk" : "bottomk")}({rank.Limit})");
                break;
            case SampleFilter filter:
                _output.Append(CultureInfo.InvariantCulture, $" {filter.Operator.Text()} ");
                WriteValue(filter.Threshold);
                break;
            default:
                throw new ArgumentException($"no canonical form for {stage.GetType().Name}", nameof(stage));
        }
    }

    private void WriteCall(string name, SyntaxNode argument)
    {
        _output.Append(name).Append('(');
        Write(argument);
        _output.Append(')');
    }
}
