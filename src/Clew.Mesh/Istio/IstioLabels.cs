namespace Clew.Mesh.Istio;

/// <summary>The labels that the graph's queries group by.</summary>
internal static class IstioLabels
{
    public static readonly string[] Key =
    [
        "source_cluster", "source_workload_namespace", "source_workload", "source_canonical_service", "source_canonical_revision",
        "destination_cluster", "destination_service_namespace", "destination_service", "destination_service_name",
        "destination_workload_namespace", "destination_workload", "destination_canonical_service", "destination_canonical_revision",
    ];

    public static readonly string[] Request = [.. Key, "request_protocol", "response_code", "grpc_response_status", "response_flags"];

    public static readonly string[] Tcp = ["app", .. Key, "response_flags"];

    public static readonly string[] Latency = [.. Key, "request_protocol"];

    public static readonly string[] LatencyBucket = [.. Latency, "le"];

    /// <summary>
    /// The policy of each series, with its protocol: HTTP and TCP between the same two have percentages of their own. Without
    /// <c>destination_service</c>, which TCP's security series leave out.
    /// </summary>
    public static readonly string[] Security =
    [
        .. Key.Where(static label => label != "destination_service"), "source_principal", "destination_principal", "connection_security_policy", "request_protocol",
    ];

    public static readonly string[] Throughput = [.. Key, "request_protocol"];
}
