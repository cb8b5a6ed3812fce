using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Completion;

/// <summary>Finds out what may stand at the cursor.</summary>
internal sealed class Completer
{
    private readonly string _text;
    private readonly List<Token> _tokens;
    private readonly int _cursor;
    private readonly ContextWalker _walker;

    // The token that the cursor is in or directly behind, if it is one that typing extends.
    private Token? _typed;

    private Completer(string text, List<Token> tokens, int cursor)
    {
        _text = text;
        _tokens = tokens;
        _cursor = cursor;
        _walker = new ContextWalker(text);
    }

    public static CompletionContext Complete(string text, List<Token> tokens, List<TextRange> comments, int cursor)
    {
        if (comments.Exists(comment => cursor > comment.Start && cursor <= comment.End && IsInside(text, comment, cursor)))
        {
            return new CompletionContext(CompletionSituation.None, new TextRange(cursor, cursor), "", []);
        }

        var completer = new Completer(text, tokens, cursor);
        completer.Walk();
        return completer.Decide(isFirst: tokens[0].Range.End >= cursor && (tokens[0].Kind == TokenKind.End || completer._typed is not null));
    }

    /// <summary>A line comment goes on at its end, a block comment does not.</summary>
    private static bool IsInside(string text, TextRange comment, int cursor) =>
        cursor < comment.End || text[comment.Start + 1] == '/';

    private void Walk()
    {
        for (var i = 0; i < _tokens.Count && _tokens[i].Range.Start < _cursor && _tokens[i].Kind != TokenKind.End; i++)
        {
            var token = _tokens[i];
            var touches = _cursor <= token.Range.End;
            if (touches && IsTyped(token))
            {
                _typed = WithColon(i);
                return;
            }

            // "span:" is a word and a stray colon until its second half is typed.
            var next = _tokens[i + 1];
            if (IsStrayColon(next) && next.Range.Start == token.Range.End && _cursor == next.Range.End && IsWord(token))
            {
                _typed = token with { Range = TextRange.Cover(token.Range, next.Range) };
                return;
            }

            _walker.Take(token);
        }
    }

    private Token WithColon(int index)
    {
        var token = _tokens[index];
        return index > 0 && IsStrayColon(token) && _tokens[index - 1].Range.End == token.Range.Start && IsWord(_tokens[index - 1])
            ? token with { Range = TextRange.Cover(_tokens[index - 1].Range, token.Range) }
            : token;
    }

    private bool IsStrayColon(Token token) => token.Kind == TokenKind.Invalid && _text[token.Range.Start] == ':';

    private bool IsWord(Token token) => char.IsLetter(_text[token.Range.Start]) && token.Kind != TokenKind.Attribute;

    private bool IsTyped(Token token) => token.Kind switch
    {
        TokenKind.String => _cursor < token.Range.End,
        TokenKind.Integer or TokenKind.Float or TokenKind.Duration or TokenKind.Attribute or TokenKind.Identifier => true,
        TokenKind.Invalid => _text[token.Range.Start] is '"' or '`' or '.' || char.IsLetterOrDigit(_text[token.Range.Start]),
        <= TokenKind.BottomK and not TokenKind.End => true,
        _ => false,
    };

    private CompletionContext Decide(bool isFirst)
    {
        var frame = _walker.Frame;
        if (_typed is { } typed && frame.ExpectsOperand && TryAttribute(typed, out var attribute))
        {
            return attribute;
        }

        var situation = isFirst && _walker.Frame.Kind == FrameKind.Expression ? CompletionSituation.Empty : SituationOf(frame);
        var (replace, prefix) = Typed(situation);
        var field = situation is CompletionSituation.Operator or CompletionSituation.Value ? frame.Field : null;
        var hint = situation == CompletionSituation.HintValue ? frame.Hint : null;
        List<CompletionItem> items = [];
        foreach (var item in Proposals.For(situation, field, hint))
        {
            if (item.Label.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                items.Add(item);
            }
        }

        return new CompletionContext(situation, replace, prefix, [.. items])
        {
            Field = field,
            Hint = hint,
            Filter = situation is CompletionSituation.Field or CompletionSituation.Value ? FilterAround(replace.End) : null,
        };
    }

    private static CompletionSituation SituationOf(ContextFrame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Filter or FrameKind.FieldGroup when frame.ExpectsOperand:
                return frame is { Comparison: not null, Field: not null } ? CompletionSituation.Value : CompletionSituation.Field;
            case FrameKind.Filter or FrameKind.FieldGroup:
                return frame is { Comparison: null, Field: not null } ? CompletionSituation.Operator : CompletionSituation.LogicalOperator;
            case FrameKind.FieldList:
                return frame.ExpectsOperand ? CompletionSituation.FieldArgument : CompletionSituation.None;
            case FrameKind.SortKeys:
                return frame.ExpectsOperand ? CompletionSituation.SortKey : CompletionSituation.SortDirection;
            case FrameKind.Hints when frame.Comparison is not null:
                return frame.ExpectsOperand ? CompletionSituation.HintValue : CompletionSituation.None;
            case FrameKind.Hints:
                return frame.ExpectsOperand ? CompletionSituation.HintName : CompletionSituation.None;
            case FrameKind.Compare:
                return frame.ExpectsOperand ? CompletionSituation.Spanset : CompletionSituation.None;
            case FrameKind.Closed:
                return CompletionSituation.None;
        }

        if (frame.AfterPipe && frame.ExpectsOperand)
        {
            return frame.IsMetrics ? CompletionSituation.SecondStage : CompletionSituation.PipelineFunction;
        }

        if (frame.ExpectsOperand)
        {
            return frame.Comparison is not null ? CompletionSituation.None : CompletionSituation.Spanset;
        }

        return frame.IsMetrics ? CompletionSituation.MetricsStage
            : frame.AfterAggregate ? CompletionSituation.Comparison
            : CompletionSituation.SpansetOperator;
    }

    /// <summary>What a proposal replaces, and what of it is typed.</summary>
    private (TextRange Replace, string Prefix) Typed(CompletionSituation situation)
    {
        if (_typed is not { } typed)
        {
            return (new TextRange(_cursor, _cursor), "");
        }

        var start = typed.Range.Start;
        var isQuoted = _text[start] is '"' or '`';
        if (isQuoted)
        {
            start++;
        }

        // An open string runs to the end of its line; what stands behind the cursor is not part of the value.
        var end = typed.Kind == TokenKind.Invalid && isQuoted ? _cursor : typed.Range.End;
        var prefix = situation == CompletionSituation.None ? "" : _text[start.._cursor];
        return (new TextRange(typed.Range.Start, end), prefix);
    }

    private bool TryAttribute(Token typed, out CompletionContext context)
    {
        context = null!;
        var attribute = typed.Field as AttributeRef ?? UnfinishedAttribute(typed);
        if (attribute is null)
        {
            return false;
        }

        var nameStart = typed.Range.Start + Classifier.ScopeLength(attribute);
        if (_cursor < nameStart)
        {
            return false;
        }

        var replace = new TextRange(nameStart, typed.Range.End);
        context = new CompletionContext(CompletionSituation.AttributeName, replace, _text[nameStart.._cursor].TrimStart('"'), [])
        {
            Scope = attribute.Scope,
            OfParent = attribute.OfParent,
            Filter = FilterAround(typed.Range.End),
        };
        return true;
    }

    /// <summary>A scope and a dot with no name yet.</summary>
    private AttributeRef? UnfinishedAttribute(Token typed)
    {
        if (typed.Kind != TokenKind.Invalid)
        {
            return null;
        }

        var word = _text.AsSpan(typed.Range.Start, typed.Range.Length);
        if (!word.EndsWith("."))
        {
            return null;
        }

        word = word[..^1];
        var ofParent = word.StartsWith("parent");
        word = ofParent ? word["parent".Length..].TrimStart('.') : word;
        if (word.IsEmpty)
        {
            return new AttributeRef(FieldScope.Any, "?", ofParent);
        }

        return TokenFacts.TryScope(word, out var scope) ? new AttributeRef(scope, "?", ofParent) : null;
    }

    /// <summary>The filter around the cursor with the present condition cut out.</summary>
    private SpansetFilter? FilterAround(int conditionEnd)
    {
        if (_walker.Filter is not { } filter)
        {
            return null;
        }

        var innermost = _walker.Frame;
        var start = innermost.ConditionStart < 0 ? filter.Start + 1 : innermost.ConditionStart;
        var before = _text[filter.Start..Math.Max(start, filter.Start + 1)];
        var afterStart = Math.Max(conditionEnd, start);
        var close = _tokens.FindIndex(token => token.Range.Start >= afterStart && token.Kind == TokenKind.CloseBrace);
        var after = close < 0 ? _text[afterStart..] : _text[afterStart.._tokens[close].Range.End];
        return TraceQl.ParseLenientFilter($"{before} {after}") is { Condition: not Literal } found ? found : null;
    }
}
