using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Completion;

/// <summary>
/// Follows the brackets and conditions up to the cursor. Tolerates any order of tokens: what makes no sense leaves the frame as
/// it was, so a mistake early in the text does not spoil the proposals behind it.
/// </summary>
internal sealed class ContextWalker(string text)
{
    // Deep nesting has no further proposals, and hostile text no further cost.
    private const int MaxFrames = TraceQlLimits.MaxNesting;

    private readonly Stack<ContextFrame> _frames = new([new ContextFrame(FrameKind.Expression, 0)]);

    public ContextFrame Frame => _frames.Peek();

    /// <summary>The innermost frame of braces, or null.</summary>
    public ContextFrame? Filter => _frames.FirstOrDefault(static frame => frame.Kind == FrameKind.Filter);

    public void Take(Token token)
    {
        switch (token.Kind)
        {
            case TokenKind.OpenBrace:
                Push(FrameKind.Filter, token);
                break;
            case TokenKind.OpenParen:
                Push(KindOfGroup(), token);
                break;
            case TokenKind.CloseBrace or TokenKind.CloseParen:
                Pop(token.Kind == TokenKind.CloseBrace);
                break;
            default:
                TakeWithin(token);
                break;
        }
    }

    private FrameKind KindOfGroup() => Frame.NextGroup ?? Frame.Kind switch
    {
        FrameKind.Expression => FrameKind.Expression,
        FrameKind.Filter or FrameKind.FieldGroup => FrameKind.FieldGroup,
        _ => FrameKind.Closed,
    };

    private void Push(FrameKind kind, Token token)
    {
        Frame.NextGroup = null;
        if (_frames.Count < MaxFrames)
        {
            var frame = new ContextFrame(kind, token.Range.Start);
            frame.StartCondition(token.Range.End);
            frame.ExpectsOperand = kind != FrameKind.Closed;
            _frames.Push(frame);
        }
    }

    private void Pop(bool isBrace)
    {
        // A brace closes everything that was left open inside it.
        while (_frames.Count > 1)
        {
            var closed = _frames.Pop();
            if (!isBrace || closed.Kind == FrameKind.Filter)
            {
                Frame.IsMetrics |= closed is { Kind: FrameKind.Expression, IsMetrics: true };
                break;
            }
        }

        Frame.ExpectsOperand = false;
        Frame.AfterPipe = false;
    }

    private void TakeWithin(Token token)
    {
        switch (Frame.Kind)
        {
            case FrameKind.Expression:
                TakeInExpression(token);
                break;
            case FrameKind.Hints:
                TakeInHints(token);
                break;
            case FrameKind.SortKeys or FrameKind.FieldList or FrameKind.Compare:
                Frame.ExpectsOperand = token.Kind == TokenKind.Comma;
                break;
            default:
                TakeInFields(token);
                break;
        }
    }

    private void TakeInExpression(Token token)
    {
        var frame = Frame;
        switch (token.Kind)
        {
            case TokenKind.Pipe:
                (frame.AfterPipe, frame.ExpectsOperand, frame.AfterAggregate) = (true, true, false);
                break;
            case TokenKind.By when frame.IsMetrics:
            case TokenKind.Select:
                frame.NextGroup = FrameKind.FieldList;
                break;
            case TokenKind.By:
                frame.NextGroup = FrameKind.FieldGroup;
                break;
            case TokenKind.With:
                frame.NextGroup = FrameKind.Hints;
                break;
            case TokenKind.Coalesce or TokenKind.TopK or TokenKind.BottomK:
                frame.NextGroup = FrameKind.Closed;
                break;
            case TokenKind.Rate or TokenKind.CountOverTime:
                (frame.NextGroup, frame.IsMetrics) = (FrameKind.Closed, true);
                break;
            case TokenKind.Compare:
                (frame.NextGroup, frame.IsMetrics) = (FrameKind.Compare, true);
                break;
            case >= TokenKind.MinOverTime and <= TokenKind.QuantileOverTime:
                (frame.NextGroup, frame.IsMetrics) = (FrameKind.FieldList, true);
                break;
            case TokenKind.Count:
                (frame.NextGroup, frame.AfterAggregate) = (FrameKind.Closed, true);
                break;
            case >= TokenKind.Min and <= TokenKind.Sum:
                (frame.NextGroup, frame.AfterAggregate) = (FrameKind.FieldGroup, true);
                break;
            case TokenKind.Identifier:
                var isSort = text.AsSpan(token.Range.Start, token.Range.Length) is "sort";
                (frame.NextGroup, frame.AfterAggregate) = (isSort ? FrameKind.SortKeys : FrameKind.FieldGroup, !isSort);
                break;
            case >= TokenKind.String and <= TokenKind.KindWord:
                (frame.ExpectsOperand, frame.AfterPipe, frame.AfterAggregate) = (false, false, false);
                break;
            case >= TokenKind.Equal:
                (frame.ExpectsOperand, frame.AfterPipe) = (true, false);
                frame.Comparison = frame.AfterAggregate || frame.IsMetrics ? token.Kind : null;
                break;
        }
    }

    private void TakeInHints(Token token)
    {
        var frame = Frame;
        switch (token.Kind)
        {
            case TokenKind.Comma:
                (frame.Hint, frame.Comparison, frame.ExpectsOperand) = (null, null, true);
                break;
            case TokenKind.Equal:
                (frame.Comparison, frame.ExpectsOperand) = (TokenKind.Equal, true);
                break;
            default:
                frame.Hint ??= text[token.Range.Start..token.Range.End];
                frame.ExpectsOperand = false;
                break;
        }
    }

    private void TakeInFields(Token token)
    {
        var frame = Frame;
        switch (token.Kind)
        {
            case TokenKind.And or TokenKind.Or or TokenKind.Comma:
                frame.StartCondition(token.Range.End);
                break;
            case >= TokenKind.Equal and <= TokenKind.NotMatch:
                (frame.Comparison, frame.ExpectsOperand) = (token.Kind, true);
                break;
            case TokenKind.Not or (>= TokenKind.Plus and <= TokenKind.Caret):
                frame.ExpectsOperand = true;
                break;
            case TokenKind.Attribute or TokenKind.Intrinsic:
                frame.Field ??= token.Field;
                frame.ExpectsOperand = false;
                break;
            default:
                frame.ExpectsOperand = false;
                break;
        }
    }
}
