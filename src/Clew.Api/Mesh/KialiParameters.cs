using System.Globalization;
using Clew.Api.Http;
using Clew.Mesh.Graph;
using Clew.Mesh.Prometheus;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Mesh;

/// <summary>Reads the parameters of a graph as Kiali's clients send them. What cannot be read is a 400 that names parameter and value.</summary>
internal static class KialiParameters
{
    private static readonly TimeSpan s_defaultDuration = TimeSpan.FromMinutes(10);
    private const long LeastRefreshMs = 10_000;
    private const long MostRefreshMs = 900_000;

    /// <summary>All appenders that there are; a client that names none gets them.</summary>
    private static readonly string[] s_appenders =
    [
        "serviceEntry", "deadNode", "workloadEntry", "responseTime", "securityPolicy", "throughput", "aggregateNode", "idleNode", "meshCheck", "sidecarsCheck",
        "extensions", "istio", "ambient", "health", "labeler", "outsider", "trafficGenerator",
    ];

    public static GraphRequest Read(HttpRequest http, TimeProvider clock, FocusNode? focus)
    {
        var namespaces = focus is not null ? [focus.Namespace] : List(http, "namespaces");
        if (namespaces.Count == 0)
        {
            throw ApiException.BadRequest("namespaces is missing: name at least one, as in namespaces=bookinfo");
        }

        CheckWord(http, "configVendor", "common");
        CheckWord(http, "telemetryVendor", "istio");
        CheckRefresh(http);
        var type = Choice(http, "graphType", "workload",
            ("workload", GraphType.Workload), ("app", GraphType.App), ("versionedApp", GraphType.VersionedApp), ("service", GraphType.Service));
        var boxes = List(http, "boxBy");
        foreach (var box in boxes)
        {
            if (box is not ("app" or "cluster" or "namespace" or "none"))
            {
                throw ApiException.BadRequest($"invalid boxBy: '{box}' is not one of app, cluster, namespace");
            }
        }

        return new GraphRequest
        {
            Namespaces = namespaces,
            Focus = focus,
            Type = type,
            Duration = Duration(http),
            Time = Time(http, clock),
            BoxByApp = boxes.Contains("app"),
            BoxByNamespace = boxes.Contains("namespace"),
            BoxByCluster = boxes.Contains("cluster"),
            InjectServiceNodes = Bool(http, "injectServiceNodes", false),
            IncludeIdleEdges = Bool(http, "includeIdleEdges", false),
            Waypoints = Bool(http, "waypoints", true),
            Http = Choice(http, "rateHttp", "requests", ("requests", true), ("none", false)),
            Grpc = Choice(http, "rateGrpc", "requests",
                ("none", MessageRate.None), ("requests", MessageRate.Requests), ("sent", MessageRate.Sent), ("received", MessageRate.Received), ("total", MessageRate.Total)),
            Tcp = Choice(http, "rateTcp", "sent",
                ("none", MessageRate.None), ("sent", MessageRate.Sent), ("received", MessageRate.Received), ("total", MessageRate.Total)),
            Ambient = Choice(http, "ambientTraffic", "total",
                ("none", AmbientTraffic.None), ("total", AmbientTraffic.Total), ("waypoint", AmbientTraffic.Waypoint), ("ztunnel", AmbientTraffic.Ztunnel)),
            LatencyQuantile = Choice<double?>(http, "responseTime", "95", ("avg", null), ("50", 0.5), ("95", 0.95), ("99", 0.99)),
            ThroughputOfRequests = Choice(http, "throughputType", "response", ("response", false), ("request", true)),
            AggregateLabel = Aggregate(http),
            Appenders = Appenders(http),
        };
    }

    /// <summary>Absent means all; present and empty means none.</summary>
    private static HashSet<string>? Appenders(HttpRequest http)
    {
        if (!http.Query.ContainsKey("appenders"))
        {
            return null;
        }

        var named = List(http, "appenders");
        foreach (var name in named)
        {
            if (!s_appenders.Contains(name))
            {
                throw ApiException.BadRequest($"invalid appenders: there is no '{name}'; there are {string.Join(", ", s_appenders)}");
            }
        }

        return [.. named];
    }

    private static string Aggregate(HttpRequest http)
    {
        var label = http.Query["aggregate"].ToString();
        if (label.Length == 0)
        {
            return "request_operation";
        }

        return label.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '_') && !char.IsAsciiDigit(label[0])
            ? label
            : throw ApiException.BadRequest($"invalid aggregate: '{label}' is not the name of a metric's label");
    }

    public static TimeSpan Duration(HttpRequest http)
    {
        var text = http.Query["duration"].ToString();
        if (text.Length == 0)
        {
            return s_defaultDuration;
        }

        return PromDuration.TryParse(text, out var duration) && duration >= TimeSpan.FromSeconds(1)
            ? duration
            : throw ApiException.BadRequest($"invalid duration: '{text}' is not a duration; use 60s, 10m or 1h");
    }

    public static DateTimeOffset Time(HttpRequest http, TimeProvider clock)
    {
        var text = http.Query["queryTime"].ToString();
        if (text.Length == 0)
        {
            return clock.GetUtcNow();
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw ApiException.BadRequest($"invalid queryTime: '{text}' is not a time in unix seconds");
    }

    public static List<string> List(HttpRequest http, string name) =>
        [.. http.Query[name].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()];

    public static bool Bool(HttpRequest http, string name, bool fallback) => http.Query[name].ToString() switch
    {
        "" => fallback,
        "true" or "True" or "TRUE" or "t" or "T" or "1" => true,
        "false" or "False" or "FALSE" or "f" or "F" or "0" => false,
        var text => throw ApiException.BadRequest($"invalid {name}: '{text}' is neither true nor false"),
    };

    public static T Choice<T>(HttpRequest http, string name, string fallback, params ReadOnlySpan<(string Word, T Value)> words)
    {
        var text = http.Query[name].ToString();
        text = text.Length == 0 ? fallback : text;
        foreach (var (word, value) in words)
        {
            if (word == text)
            {
                return value;
            }
        }

        var known = new List<string>();
        foreach (var (word, _) in words)
        {
            known.Add(word);
        }

        throw ApiException.BadRequest($"invalid {name}: '{text}' is not one of {string.Join(", ", known)}");
    }

    private static void CheckWord(HttpRequest http, string name, string only)
    {
        var text = http.Query[name].ToString();
        if (text.Length > 0 && text != only)
        {
            throw ApiException.BadRequest($"invalid {name}: '{text}' is not supported; there is {only}");
        }
    }

    private static void CheckRefresh(HttpRequest http)
    {
        var text = http.Query["refreshInterval"].ToString();
        if (text.Length == 0)
        {
            return;
        }

        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var ms) || (ms > 0 && ms is < LeastRefreshMs or > MostRefreshMs))
        {
            throw ApiException.BadRequest($"invalid refreshInterval: '{text}' is not in milliseconds from {LeastRefreshMs} to {MostRefreshMs}; zero or less turns refreshing off");
        }
    }
}
