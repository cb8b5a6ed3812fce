using Clew.Model;
using Clew.Semantics.Nodes;

namespace Clew.Semantics.Pairing;

/// <summary>Which halves of a call sent spans. The numbers reach disk.</summary>
public enum CallPairing : byte
{
    /// <summary>Both sides.</summary>
    Paired = 0,

    /// <summary>Only the caller: the other side is a database, a queue, an external host, or its spans are missing (so far).</summary>
    ClientOnly = 1,

    /// <summary>Only the callee, and it has no parent: the call came from outside.</summary>
    Root = 2,

    /// <summary>Only the callee, and its parent is missing (so far).</summary>
    Orphan = 3,

    /// <summary>Only the callee: a gateway of the mesh, through which calls come from outside.</summary>
    Gateway = 4,
}

/// <summary>One call from one node to another, made of one to four and more spans.</summary>
public readonly struct Call
{
    public required ServiceNode Client { get; init; }

    public required ServiceNode Server { get; init; }

    public required CallPairing Pairing { get; init; }

    public required ConnectionKind Connection { get; init; }

    public required string Protocol { get; init; }

    public required string Code { get; init; }

    public required string Flags { get; init; }

    public required MutualTls Tls { get; init; }

    /// <summary>What was called: a route or method, else the name of the server's span, else of the client's.</summary>
    public required string Operation { get; init; }

    public required bool IsError { get; init; }

    public required long StartUnixNano { get; init; }

    /// <summary>What the caller felt; -1 when the client half is missing, or has been counted with another call (a retry, a fan-out).</summary>
    public required long ClientNanos { get; init; }

    /// <summary>What the callee took; -1 when the server half is missing.</summary>
    public required long ServerNanos { get; init; }

    /// <summary>How many calls this one stands for (<see cref="SamplingWeight"/>).</summary>
    public required long Weight { get; init; }

    public required long RequestBytes { get; init; }

    public required long ResponseBytes { get; init; }

    /// <summary>The spans of the two halves that are timed: the client's outermost, the server's first. Id zero when missing.</summary>
    public required (ulong Id, SpanKind Kind) ClientSpan { get; init; }

    public required (ulong Id, SpanKind Kind) ServerSpan { get; init; }

    /// <summary>The span to show: the client's half when it is there.</summary>
    public required ulong SpanId { get; init; }
}
