namespace Clew.Query;

/// <summary>Why a query was not answered; each has one HTTP and one gRPC status in the API.</summary>
public enum QueryFault
{
    /// <summary>The request means nothing, or more than a limit allows: the sender has to change it.</summary>
    BadRequest,

    /// <summary>A single trace is larger than the limit.</summary>
    TooLarge,

    /// <summary>Too many queries run and wait already: the sender may try again.</summary>
    Overloaded,

    /// <summary>What was asked for may be in a part of the store that cannot be read now: the sender may try again.</summary>
    Unavailable,

    /// <summary>The time limit passed before there was anything to answer.</summary>
    TimedOut,
}

/// <summary>A query that cannot be answered. The message is for the sender.</summary>
public sealed class QueryException(QueryFault fault, string message) : Exception(message)
{
    public QueryFault Fault => fault;
}
