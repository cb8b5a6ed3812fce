using Clew.Otlp.Editing;

namespace Clew.Pipeline.Ottl;

/// <summary>
/// The name that the semantic conventions give a span, from attributes of few values: the route and not the path, the operation and not
/// the statement. Old names of attributes count where the new ones are absent.
/// </summary>
internal static class SemconvSpanName
{
    /// <summary>Null when the attributes say nothing about what the span is.</summary>
    public static string? Of(SpanRecord span)
    {
        var attributes = span.Attributes;
        if (First(attributes, "http.request.method", "http.method") is { } method)
        {
            method = method == "_OTHER" ? "HTTP" : method;
            var target = span.Kind == 2 ? First(attributes, "http.route") : First(attributes, "url.template");
            return target is null ? method : $"{method} {target}";
        }

        if (First(attributes, "messaging.system") is not null)
        {
            var operation = First(attributes, "messaging.operation.name", "messaging.operation");
            var destination = First(attributes, "messaging.destination.template")
                ?? (attributes.Get("messaging.destination.temporary") is true ? "(temporary)" : attributes.Get("messaging.destination.anonymous") is true ? "(anonymous)" : null)
                ?? First(attributes, "messaging.destination.name");
            return Join(operation, destination);
        }

        if (First(attributes, "rpc.system", "rpc.system.name") is not null)
        {
            var (service, call) = (First(attributes, "rpc.service"), First(attributes, "rpc.method"));
            return service is not null && call is not null ? $"{service}/{call}" : call ?? service;
        }

        if (First(attributes, "db.system.name", "db.system") is { } system)
        {
            if (First(attributes, "db.query.summary") is { } summary)
            {
                return summary;
            }

            var operation = First(attributes, "db.operation.name", "db.operation");
            var target = First(attributes, "db.collection.name", "db.sql.table", "db.mongodb.collection", "db.stored_procedure.name", "db.namespace", "db.name", "server.address");
            return Join(operation, target) ?? system;
        }

        return First(attributes, "graphql.operation.type") is { } type ? Join(type, First(attributes, "graphql.operation.name")) : null;
    }

    private static string? First(AttributeMap attributes, params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (attributes.Get(key) is string { Length: > 0 } text)
            {
                return text;
            }
        }

        return null;
    }

    private static string? Join(string? first, string? second) => first is null ? second : second is null ? first : $"{first} {second}";
}
