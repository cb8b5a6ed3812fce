using System.Globalization;
using Clew.EndToEnd.Tests.Harness;

namespace Clew.EndToEnd.Tests.Mesh;

/// <summary>Series as Istio's proxies export them, for a small shop.</summary>
internal sealed class IstioSeries
{
    private static readonly double[] Bounds = [1, 5, 10, 25, 50, 100, 250, 500, 1000];

    private readonly List<CounterSeries> _series = [];

    public IReadOnlyCollection<CounterSeries> All => _series;

    /// <summary>Requests that both proxies report, with the code of the answer, encrypted or not.</summary>
    public IstioSeries Http(string source, string target, double rate, string code = "200", bool encrypted = true, string protocol = "http", double latencyMs = 20)
    {
        foreach (var reporter in (string[])["destination", "source"])
        {
            var labels = Labels(reporter, source, target, encrypted);
            labels["request_protocol"] = protocol;
            labels["response_code"] = code;
            labels["response_flags"] = "-";
            if (protocol == "grpc")
            {
                labels["grpc_response_status"] = "0";
            }

            _series.Add(new CounterSeries("istio_requests_total", rate, labels));
            _series.Add(new CounterSeries("istio_request_duration_milliseconds_sum", rate * latencyMs, labels));
            _series.Add(new CounterSeries("istio_request_duration_milliseconds_count", rate, labels));
            foreach (var bound in Bounds.Append(double.PositiveInfinity))
            {
                _series.Add(new CounterSeries("istio_request_duration_milliseconds_bucket", bound >= latencyMs ? rate : 0, new Dictionary<string, string>(labels)
                {
                    ["le"] = double.IsPositiveInfinity(bound) ? "+Inf" : bound.ToString(CultureInfo.InvariantCulture),
                }));
            }

            if (reporter == "destination")
            {
                _series.Add(new CounterSeries("istio_response_bytes_sum", rate * 1000, labels));
            }
        }

        return this;
    }

    /// <summary>Requests that no workload answered: only the caller's proxy reports them.</summary>
    public IstioSeries Unserved(string source, string service, double rate, string code = "503", string flags = "UH")
    {
        var labels = Labels("source", source, $"{service}/none", encrypted: false);
        foreach (var label in (string[])["destination_workload_namespace", "destination_workload", "destination_canonical_service", "destination_canonical_revision", "destination_principal"])
        {
            labels[label] = "unknown";
        }

        (labels["request_protocol"], labels["response_code"], labels["response_flags"]) = ("http", code, flags);
        _series.Add(new CounterSeries("istio_requests_total", rate, labels));
        return this;
    }

    public IstioSeries Tcp(string source, string target, double bytes, bool encrypted)
    {
        foreach (var reporter in (string[])["destination", "source"])
        {
            var labels = Labels(reporter, source, target, encrypted);
            labels["response_flags"] = "-";
            _series.Add(new CounterSeries("istio_tcp_received_bytes_total", bytes, labels));
        }

        return this;
    }

    /// <param name="reporter">Which of the two proxies reports.</param>
    /// <param name="source"><c>namespace/app/version</c>, or <c>unknown</c>.</param>
    /// <param name="target">As <paramref name="source"/>.</param>
    /// <param name="encrypted">Whether the requests went over mutual TLS.</param>
    private static Dictionary<string, string> Labels(string reporter, string source, string target, bool encrypted)
    {
        var labels = new Dictionary<string, string> { ["reporter"] = reporter };
        if (source.Split('/') is [var ns, var app, var version])
        {
            (labels["source_cluster"], labels["source_workload_namespace"], labels["source_workload"]) = ("Kubernetes", ns, version == "latest" ? app : $"{app}-{version}");
            (labels["source_canonical_service"], labels["source_canonical_revision"]) = (app, version);
            labels["source_principal"] = $"spiffe://cluster.local/ns/{ns}/sa/{app}";
        }
        else
        {
            foreach (var label in (string[])["source_cluster", "source_workload_namespace", "source_workload", "source_canonical_service", "source_canonical_revision", "source_principal"])
            {
                labels[label] = "unknown";
            }
        }

        if (target.Split('/') is [var targetNs, var targetApp, var targetVersion])
        {
            (labels["destination_cluster"], labels["destination_workload_namespace"], labels["destination_workload"]) = ("Kubernetes", targetNs, $"{targetApp}-{targetVersion}");
            (labels["destination_canonical_service"], labels["destination_canonical_revision"]) = (targetApp, targetVersion);
            (labels["destination_service_namespace"], labels["destination_service_name"]) = (targetNs, targetApp);
            labels["destination_service"] = $"{targetApp}.{targetNs}.svc.cluster.local";
            labels["destination_principal"] = $"spiffe://cluster.local/ns/{targetNs}/sa/{targetApp}";
        }

        labels["connection_security_policy"] = reporter == "source" ? "unknown" : encrypted ? "mutual_tls" : "none";
        return labels;
    }
}
