using System.Globalization;

namespace Clew.TraceQL.Syntax;

/// <summary>Aggregates, metrics functions and their stages.</summary>
internal sealed partial class Parser
{
    private Aggregate ParseAggregate(TokenKind kind)
    {
        var word = Advance();
        Expect(TokenKind.OpenParen);
        if (kind == TokenKind.Count)
        {
            var end = Expect(TokenKind.CloseParen);
            return new Aggregate(AggregateKind.Count) { Range = TextRange.Cover(word.Range, end.Range) };
        }

        var argument = ParseFieldExpression(LogicalLevel);
        var close = Expect(TokenKind.CloseParen);
        var aggregate = kind switch
        {
            TokenKind.Min => AggregateKind.Min,
            TokenKind.Max => AggregateKind.Max,
            TokenKind.Avg => AggregateKind.Avg,
            _ => AggregateKind.Sum,
        };
        return new Aggregate(aggregate, argument) { Range = TextRange.Cover(word.Range, close.Range), Depth = DepthOver(word.Range, argument) };
    }

    /// <summary>The aggregates that Tempo does not have: ordinary words, so that no name of Tempo's is taken.</summary>
    private static bool TryAggregateWord(string word, out AggregateKind kind, out double? quantile)
    {
        quantile = null;
        kind = AggregateKind.Quantile;
        switch (word)
        {
            case "quantile":
                return true;
            case "median":
                quantile = 0.5;
                return true;
            case "stddev":
                kind = AggregateKind.StdDev;
                return true;
            case "variance":
                kind = AggregateKind.Variance;
                return true;
        }

        // p5 to p99 are hundredths; p999 and so on continue behind 0.99.
        var isPercentile = word.Length is >= 2 and <= 7 && word[0] == 'p' && word.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0
            && (word.Length <= 3 || word.StartsWith("p99", StringComparison.Ordinal));
        if (!isPercentile)
        {
            return false;
        }

        var scale = word.Length <= 3 ? 100 : Math.Pow(10, word.Length - 1);
        quantile = int.Parse(word.AsSpan(1), CultureInfo.InvariantCulture) / scale;
        return true;
    }

    private Aggregate ParseNamedAggregate(AggregateKind kind, double? quantile)
    {
        var word = Advance();
        Expect(TokenKind.OpenParen);
        var argument = ParseFieldExpression(LogicalLevel);
        if (kind == AggregateKind.Quantile && quantile is null)
        {
            Expect(TokenKind.Comma);
            quantile = ParseNumber();
        }

        var close = Expect(TokenKind.CloseParen);
        return new Aggregate(kind, argument, quantile)
        {
            Range = TextRange.Cover(word.Range, close.Range),
            Depth = DepthOver(word.Range, argument),
        };
    }

    private double ParseNumber()
    {
        var negative = TryAccept(TokenKind.Minus);
        var token = Current;
        if (token.Kind is not (TokenKind.Integer or TokenKind.Float))
        {
            throw Unexpected(token, ["INTEGER", "FLOAT"]);
        }

        Advance();
        return negative ? -token.Value.AsNumber : token.Value.AsNumber;
    }

    private MetricsFunction ParseMetricsFunction()
    {
        var word = Advance();
        Expect(TokenKind.OpenParen);
        if (word.Kind == TokenKind.Compare)
        {
            return ParseCompare(word);
        }

        var kind = (MetricsFunctionKind)(word.Kind - TokenKind.Rate);
        FieldReference? argument = null;
        var quantiles = new List<double>();
        if (kind is not (MetricsFunctionKind.Rate or MetricsFunctionKind.CountOverTime))
        {
            argument = ParseFieldReference();
        }

        if (kind == MetricsFunctionKind.QuantileOverTime)
        {
            Expect(TokenKind.Comma);
            do
            {
                if (quantiles.Count == TraceQlLimits.MaxQuantiles)
                {
                    throw new ParseException(
                        $"syntax error: quantile_over_time() takes at most {TraceQlLimits.MaxQuantiles} quantiles", Current.Range, [], null);
                }

                quantiles.Add(ParseNumber());
            }
            while (TryAccept(TokenKind.Comma));
        }

        Expect(TokenKind.CloseParen);
        NodeList<FieldReference> by = [];
        if (TryAccept(TokenKind.By))
        {
            Expect(TokenKind.OpenParen);
            by = ParseFieldReferences(TraceQlLimits.MaxMetricsGroupBy, "by()");
            Expect(TokenKind.CloseParen);
        }

        return new MetricsAggregate(kind, argument, [.. quantiles], by) { Range = TextRange.Cover(word.Range, Previous) };
    }

    private MetricsCompare ParseCompare(Token word)
    {
        var selection = ParseSpansetFilter();
        var topN = TryAccept(TokenKind.Comma) ? Expect(TokenKind.Integer).Value.AsInt : MetricsCompare.DefaultTopN;
        long? start = null;
        long? end = null;
        if (TryAccept(TokenKind.Comma))
        {
            start = Expect(TokenKind.Integer).Value.AsInt;
            Expect(TokenKind.Comma);
            end = Expect(TokenKind.Integer).Value.AsInt;
        }

        var close = Expect(TokenKind.CloseParen);
        return new MetricsCompare(selection, topN, start, end)
        {
            Range = TextRange.Cover(word.Range, close.Range),
            Depth = DepthOver(word.Range, selection),
        };
    }

    private RankStage ParseRankStage()
    {
        var word = Current;
        if (word.Kind is not (TokenKind.TopK or TokenKind.BottomK))
        {
            throw Unexpected(word, ["topk", "bottomk"]);
        }

        Advance();
        Expect(TokenKind.OpenParen);
        var limit = Expect(TokenKind.Integer).Value.AsInt;
        var close = Expect(TokenKind.CloseParen);
        return new RankStage(word.Kind == TokenKind.TopK, limit) { Range = TextRange.Cover(word.Range, close.Range) };
    }
}
