using System.Text.RegularExpressions;
using Clew.Pipeline.Components;
using Clew.Pipeline.Connectors;
using Clew.Pipeline.Ottl;

namespace Clew.Server.Configuration.Binding;

/// <summary>Reads the connectors that this version runs.</summary>
internal static partial class ConnectorSettings
{
    public static ConnectorConfig? Bind(Section s, ComponentId id, ComponentType type) => type.Type switch
    {
        "forward" => new ConnectorConfig(id, default) { Create = context => new ForwardConnector(id, context) },
        "routing" => Routing(s, id),
        "count" => Count(s, id),
        "servicegraph" => MetricSettings.ServiceGraph(s, id),
        "spanmetrics" => MetricSettings.SpanMetrics(s, id),
        _ => null,
    };

    private static ConnectorConfig Routing(Section s, ComponentId id)
    {
        var pipelines = new List<ComponentId>();
        var table = s.ListOf("table", "The first row that holds for a span says where it goes.", row => Row(row, pipelines));
        var defaults = s.Ids("default_pipelines").Select(static item => item.Id).ToList();
        pipelines.AddRange(defaults);
        if (table.Count == 0 && !s.IsDocumenting)
        {
            s.Error(s.Mark, "needs a table with at least one row");
        }

        var options = new RoutingOptions
        {
            Table = [.. table], DefaultPipelines = defaults,
            ErrorMode = OttlSettings.ErrorMode(s, OttlErrorMode.Propagate, "A row that cannot be evaluated does not hold, or refuses the batch.") ?? OttlErrorMode.Propagate,
        };
        return new ConnectorConfig(id, default) { Create = context => new RoutingConnector(id, options, context), Pipelines = pipelines.Distinct().ToValueList() };
    }

    private static RoutingRow Row(Section s, List<ComponentId> pipelines)
    {
        var context = s.Choice("context", "resource", "What the condition is about.",
            ("resource", "resource"), ("span", "span"), ("request", "request"), ("", "resource"));
        var statement = s.String("statement", "", "`route() where …`; or `condition` alone.");
        var condition = s.String("condition", "", "OTTL; for `request`: `request[\"header\"] == \"value\"`.");
        var copy = s.Choice("action", false, "`copy` leaves the spans for later rows too.", ("move", false), ("copy", true), ("", false));
        var targets = s.Ids("pipelines").Select(static item => item.Id).ToList();
        pipelines.AddRange(targets);
        var route = new RoutingRow(targets) { Copy = copy };
        if (s.IsDocumenting)
        {
            return route;
        }

        if (targets.Count == 0)
        {
            s.Error(s.Mark, "needs pipelines, the names of those to send to");
        }

        var key = statement.Length > 0 ? "statement" : "condition";
        var written = statement.Length > 0 ? statement : condition;
        if (statement.Length > 0 && condition.Length > 0)
        {
            s.ErrorAt("statement", "give either statement or condition");
        }

        if (context == "request")
        {
            if (RequestTest().Match(written) is { Success: true } match)
            {
                return route with { Request = (match.Groups[1].Value.ToLowerInvariant(), match.Groups[2].Value == "==", match.Groups[3].Value) };
            }

            s.ErrorAt(key, $"'{written}' must have the form request[\"header\"] == \"value\"");
            return route;
        }

        if (written.Length == 0)
        {
            s.Error(s.Mark, "needs a condition");
            return route;
        }

        var kind = context == "span" ? OttlContextKind.Span : OttlContextKind.Resource;
        return route with { Condition = OttlSettings.Try(s, s.MarkOf(key), written, () => OttlCondition.ParseRoute(written, kind)) };
    }

    private static ConnectorConfig Count(Section s, ComponentId id)
    {
        var spans = Metrics(s, "spans", OttlContextKind.Span, "trace.span.count", "The number of spans observed.");
        var events = Metrics(s, "spanevents", OttlContextKind.SpanEvent, "trace.span.event.count", "The number of span events observed.");
        foreach (var other in (string[])["metrics", "datapoints", "logs", "profiles"])
        {
            s.Raw(other);
        }

        var options = new CountOptions { Spans = spans, Events = events };
        return new ConnectorConfig(id, default) { Create = context => new CountConnector(id, options, context) };
    }

    private static List<CountedMetric> Metrics(Section s, string key, OttlContextKind kind, string defaultName, string defaultDescription)
    {
        var named = s.MapOf(key, "NAME", "Counters of what one of their conditions holds for; none: one counter of all.", item => Metric(item, kind, ""));
        return named.Count == 0 ? [new CountedMetric(defaultName, defaultDescription, [])] : [.. named.Select(static entry => entry.Value with { Name = entry.Key })];
    }

    private static CountedMetric Metric(Section s, OttlContextKind kind, string name)
    {
        var description = s.String("description", "");
        var conditions = OttlSettings.Conditions(s, "conditions", kind, "OTTL; one of them is enough.");
        var attributes = s.ListOf("attributes", "Attributes whose values are counted apart.", static item =>
            (Key: item.String("key", ""), Default: item.String("default_value", "", "Counted under this when it is absent; unset: not counted.") is { Length: > 0 } value ? value : null));
        return new CountedMetric(name, description, conditions) { Attributes = [.. attributes.Select(static item => (item.Key, (string?)item.Default))] };
    }

    [GeneratedRegex("""^(?:route\(\)\s+where\s+)?request\["([^"]+)"\]\s*(==|!=)\s*"([^"]*)"$""")]
    private static partial Regex RequestTest();
}
