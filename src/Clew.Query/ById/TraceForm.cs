namespace Clew.Query.ById;

/// <summary>In which form a trace is answered.</summary>
public enum TraceForm
{
    /// <summary>As it came in.</summary>
    AsReceived,

    /// <summary>
    /// As Tempo's clients need it: ids that a client and a server span share (Zipkin's form of a call) are told apart, and what Grafana
    /// takes for granted is there: a resource with at least a <c>service.name</c>, a scope, and a status in every span.
    /// </summary>
    ForTempoClients,
}
