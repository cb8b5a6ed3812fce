using Clew.Model;
using Clew.Semantics.Nodes;

namespace Clew.Semantics;

/// <summary>How the two sides of a call are connected. The numbers reach disk.</summary>
public enum ConnectionKind : byte
{
    /// <summary>A request and its answer.</summary>
    Call = 0,

    Messaging = 1,

    Database = 2,
}

/// <summary>Whether a span says that its connection was encrypted by the mesh. The numbers reach disk.</summary>
public enum MutualTls : byte
{
    Unknown = 0,
    Yes = 1,
    No = 2,
}

/// <summary>
/// What the attributes of a span mean, in one shape for every convention. Immutable and shared: spans that say the same have the same
/// object, up to a limit (<see cref="SemanticReader.MaxFacts"/>).
/// </summary>
public sealed record SpanFacts
{
    /// <summary>Number of these facts within their reader, for keys of tables; -1 when the reader's limit was reached.</summary>
    public required int Id { get; init; }

    /// <summary>The kind that the facts were derived with: a client's HTTP 404 is an error, a server's is not.</summary>
    public required SpanKind Kind { get; init; }

    /// <summary>Who sent the span.</summary>
    public required ServiceNode Node { get; init; }

    /// <summary>Sent by a sidecar, gateway or waypoint beside the application.</summary>
    public required bool IsProxy { get; init; }

    /// <summary>Sent by a proxy at the border of the mesh (Envoy's node id begins with <c>router~</c>).</summary>
    public bool IsGateway { get; init; }

    /// <summary>http, grpc, another RPC system, a database's or a messaging system's name; empty when unknown.</summary>
    public required string Protocol { get; init; }

    public required ConnectionKind Connection { get; init; }

    /// <summary>HTTP status, or gRPC status as a number; "-" when a proxy had no answer, empty when the span says nothing.</summary>
    public required string Code { get; init; }

    /// <summary>Envoy's response flags, empty when there are none.</summary>
    public required string Flags { get; init; }

    /// <summary>The code or a tag says that the call failed, whatever the span's status.</summary>
    public required bool CodeIsError { get; init; }

    public required MutualTls Tls { get; init; }

    /// <summary>For a client or producer: whom it calls, as far as it says; used when no span of the other side comes.</summary>
    public ServiceNode? Callee { get; init; }

    /// <summary>For a server or consumer: who calls, as far as it says.</summary>
    public ServiceNode? Caller { get; init; }

    /// <summary>A waypoint's span tells both sides: this is the source, and <see cref="Node"/> the destination.</summary>
    public ServiceNode? WaypointSource { get; init; }

    /// <summary>Route or method, when an attribute tells it better than the span's name does.</summary>
    public string Operation { get; init; } = "";

    /// <summary>True for a span whose status or code says that it failed.</summary>
    public bool IsError(SpanStatus status) => status == SpanStatus.Error || (status == SpanStatus.Unset && CodeIsError);
}
