namespace Clew.TraceQL.Syntax;

/// <summary>Operators between two field or scalar expressions.</summary>
public enum BinaryOperator : byte
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Match,
    NotMatch,
    And,
    Or,
}

/// <summary>Operators in front of a field expression.</summary>
public enum UnaryOperator : byte
{
    Negate,
    Not,
}

/// <summary>
/// Operators between two spansets of a trace. The result of a structural one are spans of the right side (of both sides in
/// the union form).
/// </summary>
public enum SpansetOperator : byte
{
    And,
    Or,

    /// <summary><c>A &gt; B</c>: spans of B whose parent is in A.</summary>
    Child,

    /// <summary><c>A &lt; B</c>: spans of B that are the parent of one in A.</summary>
    Parent,

    /// <summary><c>A &gt;&gt; B</c>: spans of B below one in A.</summary>
    Descendant,

    /// <summary><c>A &lt;&lt; B</c>: spans of B above one in A.</summary>
    Ancestor,

    /// <summary><c>A ~ B</c>: spans of B that share their parent with another span, which is in A.</summary>
    Sibling,
    NotChild,
    NotParent,
    NotDescendant,
    NotAncestor,
    NotSibling,
    UnionChild,
    UnionParent,
    UnionDescendant,
    UnionAncestor,
    UnionSibling,
}

/// <summary>Whether a structural operator asks for the relation, for its absence, or for both of its ends.</summary>
public enum StructuralForm : byte
{
    Plain,
    Negated,
    Union,
}

/// <summary>What the operators are and how they are written.</summary>
public static class OperatorFacts
{
    private static readonly string[] BinaryTexts =
        ["+", "-", "*", "/", "%", "^", "=", "!=", "<", "<=", ">", ">=", "=~", "!~", "&&", "||"];

    private static readonly string[] SpansetTexts =
        ["&&", "||", ">", "<", ">>", "<<", "~", "!>", "!<", "!>>", "!<<", "!~", "&>", "&<", "&>>", "&<<", "&~"];

    public static string Text(this BinaryOperator op) => BinaryTexts[(int)op];

    public static string Text(this UnaryOperator op) => op == UnaryOperator.Negate ? "-" : "!";

    public static string Text(this SpansetOperator op) => SpansetTexts[(int)op];

    public static bool IsArithmetic(this BinaryOperator op) => op <= BinaryOperator.Power;

    /// <summary>The six comparisons of order and equality, without regular expressions.</summary>
    public static bool IsComparison(this BinaryOperator op) => op is >= BinaryOperator.Equal and <= BinaryOperator.GreaterOrEqual;

    public static bool IsRegex(this BinaryOperator op) => op is BinaryOperator.Match or BinaryOperator.NotMatch;

    public static bool IsLogical(this BinaryOperator op) => op is BinaryOperator.And or BinaryOperator.Or;

    public static bool IsStructural(this SpansetOperator op) => op >= SpansetOperator.Child;

    /// <summary>The relation without its form: <c>!&gt;&gt;</c> and <c>&amp;&gt;&gt;</c> give <see cref="SpansetOperator.Descendant"/>.</summary>
    public static SpansetOperator Relation(this SpansetOperator op) => op switch
    {
        >= SpansetOperator.UnionChild => op - (SpansetOperator.UnionChild - SpansetOperator.Child),
        >= SpansetOperator.NotChild => op - (SpansetOperator.NotChild - SpansetOperator.Child),
        _ => op,
    };

    public static StructuralForm Form(this SpansetOperator op) => op switch
    {
        >= SpansetOperator.UnionChild => StructuralForm.Union,
        >= SpansetOperator.NotChild => StructuralForm.Negated,
        _ => StructuralForm.Plain,
    };
}
