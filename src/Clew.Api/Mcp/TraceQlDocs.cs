namespace Clew.Api.Mcp;

/// <summary>TraceQL for those who have never written it, by topic. Every query in it parses; a test takes care of that.</summary>
internal static class TraceQlDocs
{
    private static readonly Dictionary<string, string> Topics = new()
    {
        ["basics"] = """
            # TraceQL: basics

            A query finds traces. A filter in braces finds spans; a trace is found when one of its spans meets it.

                { resource.service.name = "shop" && span.http.response.status_code >= 500 }

            Attributes have a scope in front: `span.`, `resource.`, `event.`, `link.`, `instrumentation.`; a dot alone (`.http.route`) looks in all of
            them. Names with blanks or other signs are quoted: `span."my key"`. `parent.` in front asks the parent span.

            Intrinsics need no scope: `name`, `duration`, `status` (ok, error, unset), `kind` (server, client, internal, producer, consumer),
            `statusMessage`, `rootName`, `rootServiceName`, `traceDuration`, `trace:id`, `span:id`, `span:parentID`, `span:childCount`, `event:name`,
            `event:timeSinceStart`, `link:traceID`, `instrumentation:name`, `nestedSetParent` (below 0 for root spans).

            Comparisons: `=` `!=` `<` `<=` `>` `>=`, `=~` `!~` (regular expressions, which match the whole value). Values: `"text"`, `200`, `1.5`, `true`,
            `100ms` `2s` `1h` (durations), `error` (keywords), `nil` (the attribute is missing). Together: `&&` `||` `!( … )`.

                { duration > 1s && kind = server }
                { name =~ "GET /api/.*" }
                { span.user.id != nil }
                { event.exception.type = "TimeoutException" }

            To see attributes in the answer, select them:

                { status = error } | select(span.http.route, statusMessage, resource.service.version)
            """,
        ["aggregates"] = """
            # TraceQL: pipelines

            Stages after `|` work on the spans that were found in each trace.

                { span.db.system = "postgresql" } | count() > 10
                { kind = client } | avg(duration) > 100ms
                { } | by(resource.service.name) | count() > 5
                { status = error } | select(span.http.route)

            `count()`, `avg(x)`, `min(x)`, `max(x)`, `sum(x)` are compared with a number. `by(x)` groups, `coalesce()` joins the groups again.
            """,
        ["structural"] = """
            # TraceQL: structure

            Two filters with a relation between them; the answer's spans are those of the right side.

                { resource.service.name = "web" } >> { status = error }
                { name = "checkout" } > { span.db.system != nil }
                { resource.service.name = "shop" } && { resource.service.name = "payment" }
                { status = error } !> { status = error }

            `>>` descendant, `>` child, `<<` ancestor, `<` parent, `~` sibling; with `!` in front: without one; with `&` in front: spans of both sides.
            `&&` both somewhere in the trace, `||` either.
            """,
        ["metrics"] = """
            # TraceQL: metrics

            A function at the end makes numbers of the spans; ask with the metrics tools, not with search.

                { resource.service.name = "shop" } | rate()
                { status = error } | count_over_time() by(resource.service.name)
                { kind = server } | quantile_over_time(duration, .5, .9, .99) by(name)
                { kind = server } | histogram_over_time(duration)
                { } | avg_over_time(duration) by(resource.service.name)
                { kind = server } | rate() by(span.http.route) | topk(5)
                { resource.service.name = "shop" } | compare({ status = error })

            Also `min_over_time`, `max_over_time`, `sum_over_time`, `bottomk`. `rate` is per second. Durations come in seconds. `compare` tells which
            attribute values the selected spans have more often than the others.
            """,
    };

    public static string Of(string topic) => topic == "all" ? string.Join("\n\n", Topics.Values)
        : Topics.TryGetValue(topic, out var text) ? text
        : throw new ModelContextProtocol.McpException($"there is no topic '{topic}'; ask for all or one of {string.Join(", ", Topics.Keys)}");
}
