using Clew.Query.Values;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Evaluation;

/// <summary>What a value will be compared with. Decides whether an unscoped <c>.status</c> means the attribute or the intrinsic.</summary>
internal enum WantedType : byte
{
    Any,
    Number,
    String,
    Bool,
    Status,
    Kind,
}

/// <summary>Where an expression takes the values of its fields from: a span, or one value that is tried out.</summary>
internal interface IFieldValues
{
    QueryValue Attribute(AttributeRef reference, WantedType wanted);

    QueryValue Intrinsic(Intrinsic intrinsic);
}
