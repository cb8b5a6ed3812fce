using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Completion;

/// <summary>Puts tokens and comments into classes, in the order of the text.</summary>
internal static class Classifier
{
    private static readonly HashSet<string> NamedFunctions = ["sort", "quantile", "median", "stddev", "variance"];

    public static NodeList<ClassifiedToken> Classify(string text, List<Token> tokens, List<TextRange> comments)
    {
        var output = new List<ClassifiedToken>(tokens.Count + comments.Count);
        var nextComment = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            while (nextComment < comments.Count && comments[nextComment].Start < token.Range.Start)
            {
                output.Add(new(TokenClass.Comment, comments[nextComment++]));
            }

            if (token.Kind == TokenKind.Attribute)
            {
                var nameStart = token.Range.Start + ScopeLength((AttributeRef)token.Field!);
                output.Add(new(TokenClass.Scope, new(token.Range.Start, nameStart)));
                output.Add(new(TokenClass.Attribute, new(nameStart, token.Range.End)));
            }
            else if (token.Kind != TokenKind.End)
            {
                output.Add(new(ClassOf(text, tokens, i), token.Range));
            }
        }

        for (; nextComment < comments.Count; nextComment++)
        {
            output.Add(new(TokenClass.Comment, comments[nextComment]));
        }

        return [.. output];
    }

    /// <summary>Characters of the scope and its dots, as written.</summary>
    public static int ScopeLength(AttributeRef attribute)
    {
        var scope = attribute.Scope switch
        {
            FieldScope.Any => attribute.OfParent ? 0 : 1,
            FieldScope.Span => "span.".Length,
            FieldScope.Resource => "resource.".Length,
            FieldScope.Event => "event.".Length,
            FieldScope.Link => "link.".Length,
            _ => "instrumentation.".Length,
        };
        return scope + (attribute.OfParent ? "parent.".Length : 0);
    }

    private static TokenClass ClassOf(string text, List<Token> tokens, int index)
    {
        var token = tokens[index];
        switch (token.Kind)
        {
            case TokenKind.String:
                return TokenClass.String;
            case TokenKind.Integer or TokenKind.Float:
                return TokenClass.Number;
            case TokenKind.Duration:
                return TokenClass.Duration;
            case >= TokenKind.True and <= TokenKind.KindWord:
                return TokenClass.Keyword;
            case TokenKind.Intrinsic:
                return TokenClass.Intrinsic;
            case >= TokenKind.Count and <= TokenKind.BottomK:
                return TokenClass.Function;
            case >= TokenKind.OpenBrace and <= TokenKind.Pipe:
                return TokenClass.Punctuation;
            case >= TokenKind.Equal:
                return TokenClass.Operator;
            case TokenKind.Identifier:
                return ClassOfWord(text[token.Range.Start..token.Range.End], tokens, index);
            default:
                return text[token.Range.Start] is '"' or '`' ? TokenClass.String : TokenClass.Unknown;
        }
    }

    /// <summary>Words that are no tokens of their own are told by their neighbours.</summary>
    private static TokenClass ClassOfWord(string word, List<Token> tokens, int index)
    {
        var next = tokens[index + 1].Kind;
        if (next == TokenKind.OpenParen && (NamedFunctions.Contains(word) || (word[0] == 'p' && word.Length > 1 && char.IsAsciiDigit(word[1]))))
        {
            return TokenClass.Function;
        }

        var before = index > 0 ? tokens[index - 1].Kind : TokenKind.End;
        var inList = before is TokenKind.OpenParen or TokenKind.Comma || next is TokenKind.CloseParen;
        return inList && (next == TokenKind.Equal || word is "start" or "spans" or "errors" or "matched" or "asc" or "desc")
            ? TokenClass.Name
            : TokenClass.Unknown;
    }
}
