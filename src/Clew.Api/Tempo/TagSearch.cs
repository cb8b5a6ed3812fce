using System.Globalization;
using System.Text;
using Clew.Api.Http;
using Clew.TraceQL.Syntax;
using Microsoft.AspNetCore.Http;
using QueryTree = Clew.TraceQL.Syntax.Query;

namespace Clew.Api.Tempo;

/// <summary>
/// The older form of a search: <c>tags</c> in logfmt, and every parameter that has no other meaning, are equalities that one span
/// must satisfy; <c>minDuration</c> and <c>maxDuration</c> bound the trace. Becomes a TraceQL tree.
/// </summary>
internal static class TagSearch
{
    private static readonly HashSet<string> Known = ["q", "tags", "minDuration", "maxDuration", "limit", "start", "end", "since", "spss", "skip_ast_transformations"];

    public static QueryTree ToQuery(IQueryCollection query, QueryParameters parameters)
    {
        FieldExpression? condition = null;
        foreach (var (key, value) in Logfmt(parameters.Text("tags") ?? ""))
        {
            condition = And(condition, Tag(key, value));
        }

        foreach (var (key, values) in query)
        {
            if (!Known.Contains(key) && values.Count > 0)
            {
                condition = And(condition, Tag(key, values[0] ?? ""));
            }
        }

        if (parameters.Duration("minDuration") is { } min)
        {
            condition = And(condition, TraceDuration(BinaryOperator.GreaterOrEqual, min));
        }

        if (parameters.Duration("maxDuration") is { } max)
        {
            condition = And(condition, TraceDuration(BinaryOperator.LessOrEqual, max));
        }

        condition ??= new Literal(StaticValue.True);
        return new QueryTree(new SearchQuery(new Pipeline([new SpansetStage(new SpansetFilter(condition))])), []);
    }

    private static FieldExpression And(FieldExpression? left, FieldExpression right) =>
        left is null ? right : new FieldBinary(BinaryOperator.And, left, right);

    private static FieldBinary TraceDuration(BinaryOperator op, long nanos) =>
        new(op, new IntrinsicRef(Intrinsic.TraceDuration), new Literal(StaticValue.FromDurationNanos(nanos)));

    // A tag has no type: 500 means the number as well as the text.
    private static FieldExpression Tag(string key, string value)
    {
        switch (key)
        {
            case "name":
                return Equal(new IntrinsicRef(Intrinsic.Name), StaticValue.FromString(value));
            case "root.name":
                return Equal(new IntrinsicRef(Intrinsic.TraceRootName), StaticValue.FromString(value));
            case "root.service.name":
                return Equal(new IntrinsicRef(Intrinsic.TraceRootService), StaticValue.FromString(value));
            case "status" or "status.code" when Status(value) is { } status:
                return Equal(new IntrinsicRef(Intrinsic.Status), StaticValue.FromStatus(status));
        }

        var field = new AttributeRef(FieldScope.Any, key);
        FieldExpression condition = Equal(field, StaticValue.FromString(value));
        if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            condition = new FieldBinary(BinaryOperator.Or, condition, Equal(field, StaticValue.FromInt(whole)));
        }
        else if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
        {
            condition = new FieldBinary(BinaryOperator.Or, condition, Equal(field, StaticValue.FromFloat(number)));
        }
        else if (value is "true" or "false")
        {
            condition = new FieldBinary(BinaryOperator.Or, condition, Equal(field, StaticValue.FromBool(value == "true")));
        }

        return condition;
    }

    private static FieldBinary Equal(FieldExpression field, StaticValue value) => new(BinaryOperator.Equal, field, new Literal(value));

    private static StatusKeyword? Status(string value) => value switch
    {
        "error" => StatusKeyword.Error,
        "ok" => StatusKeyword.Ok,
        "unset" => StatusKeyword.Unset,
        _ => null,
    };

    /// <summary><c>key=value key2="a value"</c>; quotes take the escapes <c>\"</c> and <c>\\</c>.</summary>
    private static List<(string Key, string Value)> Logfmt(string text)
    {
        var tags = new List<(string, string)>();
        var position = 0;
        while (true)
        {
            while (position < text.Length && char.IsWhiteSpace(text[position]))
            {
                position++;
            }

            if (position == text.Length)
            {
                return tags;
            }

            var start = position;
            while (position < text.Length && text[position] != '=' && !char.IsWhiteSpace(text[position]))
            {
                position++;
            }

            if (position == start || position == text.Length || text[position] != '=')
            {
                throw ApiException.BadRequest($"invalid tags: '{text}' is not logfmt; write key=value key2=\"a value\" (at character {start + 1})");
            }

            var key = text[start..position++];
            tags.Add((key, position < text.Length && text[position] == '"' ? Quoted(text, ref position) : Bare(text, ref position)));
        }
    }

    private static string Bare(string text, ref int position)
    {
        var start = position;
        while (position < text.Length && !char.IsWhiteSpace(text[position]))
        {
            position++;
        }

        return text[start..position];
    }

    private static string Quoted(string text, ref int position)
    {
        var value = new StringBuilder();
        var open = position++;
        while (position < text.Length && text[position] != '"')
        {
            if (text[position] == '\\' && position + 1 < text.Length)
            {
                position++;
            }

            value.Append(text[position++]);
        }

        if (position == text.Length)
        {
            throw ApiException.BadRequest($"invalid tags: the quote at character {open + 1} of '{text}' is not closed");
        }

        position++;
        return value.ToString();
    }
}
