using Clew.Mesh.Graph;
using Clew.Mesh.Prometheus;

namespace Clew.Mesh.Istio;

/// <summary>Settings of the mesh that the series refer to.</summary>
public sealed record IstioOptions
{
    public string IstioNamespace { get; init; } = "istio-system";

    public string EgressGateway { get; init; } = "istio-egressgateway";

    public string ClusterDomain { get; init; } = "cluster.local";

    public string EgressHost => $"{EgressGateway}.{IstioNamespace}.svc.{ClusterDomain}";
}

/// <summary>Turns series into observations: repairs labels, passes over what names nobody, finds the code.</summary>
internal sealed class IstioTraffic(GraphRequest request, IstioOptions options)
{
    /// <summary>Series passed over because their labels name nobody, or are missing.</summary>
    public int Skipped { get; private set; }

    public int Taken { get; private set; }

    public void Add(TrafficAssembler assembler, TrafficQuery query, PromVector answer)
    {
        foreach (var row in answer.Rows)
        {
            if (Sample(row, query) is { } sample && assembler.Add(sample) is not null)
            {
                Taken++;
            }
            else
            {
                Skipped++;
            }
        }
    }

    private HopSample? Sample(in PromVector.Row row, TrafficQuery query)
    {
        if (Parties(row) is not var (source, target))
        {
            return null;
        }

        string code = "", flags = "";
        var protocol = MeshProtocol.Tcp;
        switch (query.Form)
        {
            case TrafficForm.Requests:
                if (Protocol(row["request_protocol"]) is not { } requests || row["response_code"].Length == 0 || row["response_flags"].Length == 0)
                {
                    return null;
                }

                if (!IsWanted(requests))
                {
                    return null;
                }

                (protocol, flags) = (requests, row["response_flags"]);
                code = Code(requests, row["response_code"], row["grpc_response_status"]);
                break;
            case TrafficForm.Messages:
                protocol = MeshProtocol.Grpc;
                break;
            default:
                flags = row["response_flags"];
                if (flags.Length == 0)
                {
                    return null;
                }

                code = "-";
                break;
        }

        var series = string.Join('\u001f',
            query.Metric, source.Cluster, source.Namespace, source.Workload, source.App, source.Version,
            target.Cluster, target.ServiceNamespace, target.Service, target.Namespace, target.Workload, target.App, target.Version,
            protocol == MeshProtocol.Grpc ? "grpc" : "", code, flags, row["destination_service"]);
        return new HopSample(source, target, protocol, code, flags, row["destination_service"], row.Value, series, Evidence.Istio);
    }

    /// <summary>Both sides of a series after repair, or null when one of them names nobody.</summary>
    public (Party Source, Party Target)? Parties(in PromVector.Row row)
    {
        var (sourceCluster, hasSourceCluster) = Cluster(row["source_cluster"]);
        var (targetCluster, hasTargetCluster) = Cluster(row["destination_cluster"]);
        var source = new Party(
            sourceCluster, row["source_workload_namespace"], row["source_workload"], row["source_canonical_service"], row["source_canonical_revision"]);
        var target = new Party(
            targetCluster, row["destination_workload_namespace"], row["destination_workload"], row["destination_canonical_service"],
            row["destination_canonical_revision"], row["destination_service_namespace"], row["destination_service_name"]);
        var host = row["destination_service"];
        if (IsBadSource(source, hasSourceCluster))
        {
            return null;
        }

        if (target.Service == options.EgressHost && (host == options.EgressHost || host.Length == 0))
        {
            target = new Party(
                source.Cluster, options.IstioNamespace, options.EgressGateway, options.EgressGateway, MeshNames.Latest, options.IstioNamespace, options.EgressGateway);
        }
        else if (!MeshNames.IsOk(target.Cluster) && MeshNames.IsOk(source.Cluster) && MeshNames.IsOk(target.ServiceNamespace))
        {
            target = target with { Cluster = source.Cluster };
        }

        return IsBadTarget(target, host, hasTargetCluster) ? null : (source, target);
    }

    /// <summary>The code that a response is counted under. A gRPC call that HTTP answered with 4xx or 5xx never became a gRPC answer.</summary>
    internal static string Code(MeshProtocol protocol, string responseCode, string grpcStatus)
    {
        if (responseCode == "0")
        {
            return "-";
        }

        return protocol != MeshProtocol.Grpc || responseCode[0] is '4' or '5' || grpcStatus.Length == 0 ? responseCode : grpcStatus;
    }

    internal static MeshProtocol? Protocol(string text) => text switch
    {
        "http" => MeshProtocol.Http,
        "grpc" => MeshProtocol.Grpc,
        "tcp" => MeshProtocol.Tcp,
        _ => null,
    };

    private bool IsWanted(MeshProtocol protocol) => protocol switch
    {
        MeshProtocol.Http => request.Http,
        MeshProtocol.Grpc => request.Grpc == MessageRate.Requests,
        _ => true,
    };

    private static (string Cluster, bool IsGiven) Cluster(string label) => label.Length == 0 ? (MeshNames.Unknown, false) : (label, true);

    private static bool IsBadSource(in Party source, bool hasCluster)
    {
        var isKnown = MeshNames.IsOk(source.Namespace);
        return isKnown && ((!MeshNames.IsOk(source.Workload) && !MeshNames.IsOk(source.App)) || (hasCluster && !MeshNames.IsOk(source.Cluster)));
    }

    private static bool IsBadTarget(in Party target, string host, bool hasCluster) =>
        (!MeshNames.IsOk(target.Workload) && host == target.Service && IsAddress(host))
        || (hasCluster && !MeshNames.IsOk(target.Cluster) && MeshNames.IsOk(target.ServiceNamespace));

    /// <summary>Four numbers with dots, and perhaps a port.</summary>
    internal static bool IsAddress(string host)
    {
        var colon = host.IndexOf(':');
        var text = colon < 0 ? host : host[..colon];
        var parts = text.Split('.');
        return parts.Length == 4 && Array.TrueForAll(parts, static part => part.Length is > 0 and <= 3 && part.All(char.IsAsciiDigit));
    }
}
