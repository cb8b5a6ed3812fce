using Clew.Pipeline.Components;
using Clew.Pipeline.Ottl;
using Clew.Pipeline.Processors.Editing;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Binding;

/// <summary>Reads the processors that edit, drop and regroup.</summary>
internal static class ProcessorBindings
{
    public static ProcessorConfig? Bind(Section s, ComponentId id, string type) => type switch
    {
        "attributes" => Attributes(s, id),
        "resource" => Resource(s, id),
        "span" => Span(s, id),
        "filter" => Filter(s, id),
        "transform" => Transform(s, id),
        "redaction" => Redaction(s, id),
        "groupbyattrs" => GroupByAttrs(s, id),
        "groupbytrace" => TailBindings.GroupByTrace(s, id),
        "k8sattributes" => KubernetesBindings.Attributes(s, id),
        "resourcedetection" => KubernetesBindings.Detection(s, id),
        "tail_sampling" => TailBindings.TailSampling(s, id),
        _ => null,
    };

    internal static BuiltProcessorConfig Built(ComponentId id, Func<ProcessorContext, ITraceProcessor> create) => new() { Id = id, Create = create };

    private static BuiltProcessorConfig Attributes(Section s, ComponentId id)
    {
        var selection = Selection(s);
        var actions = Actions(s, "actions");
        return Built(id, context => new AttributesProcessor(id, actions, selection, context.Next));
    }

    private static BuiltProcessorConfig Resource(Section s, ComponentId id)
    {
        var actions = Actions(s, "attributes");
        return Built(id, context => new ResourceProcessor(id, actions, context.Next));
    }

    private static IReadOnlyList<AttributeAction> Actions(Section s, string key)
    {
        var actions = s.ListOf(key, "Run in this order.", Action);
        if (actions.Count == 0 && !s.IsDocumenting)
        {
            s.Error(s.Mark, $"needs at least one action under {key}");
        }

        return [.. actions.OfType<AttributeAction>()];
    }

    private static AttributeAction? Action(Section s)
    {
        var kind = s.Choice<AttributeActionKind?>("action", null, "What to do.",
            ("insert", AttributeActionKind.Insert), ("update", AttributeActionKind.Update), ("upsert", AttributeActionKind.Upsert), ("delete", AttributeActionKind.Delete),
            ("hash", AttributeActionKind.Hash), ("extract", AttributeActionKind.Extract), ("convert", AttributeActionKind.Convert), ("", null));
        var key = s.String("key", "", "The attribute.");
        var pattern = s.String("pattern", "", "Of keys (delete, hash), or of the value, with named groups (extract).");
        var fromContext = s.String("from_context", "", "`metadata.NAME`, `auth.NAME` or `client.address`.");
        var action = new AttributeAction(kind ?? AttributeActionKind.Insert)
        {
            Key = key,
            Value = AttributeValues.Of(s.Raw("value")),
            FromAttribute = s.String("from_attribute", "", "Another attribute whose value is taken.") is { Length: > 0 } from ? from : null,
            FromContext = fromContext.Length > 0 ? fromContext : null,
            DefaultValue = AttributeValues.Of(s.Raw("default_value")),
            ConvertedType = s.Choice("converted_type", "", "For convert.", ("int", "int"), ("double", "double"), ("string", "string"), ("", "")),
        };
        if (s.IsDocumenting)
        {
            return null;
        }

        if (kind is null)
        {
            s.Error(s.Mark, "needs an action: insert, update, upsert, delete, hash, extract or convert");
            return null;
        }

        if (key.Length == 0 && (pattern.Length == 0 || kind is not (AttributeActionKind.Delete or AttributeActionKind.Hash)))
        {
            s.Error(s.Mark, $"action {s.String("action", "")} needs a key{(kind is AttributeActionKind.Delete or AttributeActionKind.Hash ? " or a pattern" : "")}");
        }

        var sources = (action.Value is null ? 0 : 1) + (action.FromAttribute is null ? 0 : 1) + (action.FromContext is null ? 0 : 1);
        if (kind is AttributeActionKind.Insert or AttributeActionKind.Update or AttributeActionKind.Upsert)
        {
            if (sources > 1 || (sources == 0 && action.DefaultValue is null))
            {
                s.Error(s.Mark, "needs exactly one of value, from_attribute and from_context");
            }

            if (action.FromContext is not null && action.FromContext != "client.address"
                && !action.FromContext.StartsWith("metadata.", StringComparison.Ordinal) && !action.FromContext.StartsWith("auth.", StringComparison.Ordinal))
            {
                s.ErrorAt("from_context", $"'{action.FromContext}' must be metadata.NAME, auth.NAME or client.address");
            }
        }
        else if (sources > 0)
        {
            s.Error(s.Mark, $"action {s.String("action", "")} takes no value, from_attribute or from_context");
        }

        if (kind == AttributeActionKind.Convert && action.ConvertedType.Length == 0)
        {
            s.Error(s.Mark, "action convert needs converted_type: int, double or string");
        }

        if (kind == AttributeActionKind.Extract && pattern.Length == 0)
        {
            s.Error(s.Mark, "action extract needs a pattern with named groups");
            return action;
        }

        if (AttributeAction.Of(action, pattern.Length > 0 ? pattern : null, out var problem) is { } complete)
        {
            return complete;
        }

        s.ErrorAt("pattern", $"'{pattern}' cannot be used: {problem}");
        return null;
    }

    private static BuiltProcessorConfig Span(Section s, ComponentId id)
    {
        var selection = Selection(s);
        var name = s.OptionalChild("name", "How spans are named.");
        var attributes = name?.OptionalChild("to_attributes", "Takes attributes out of the name.");
        var status = s.OptionalChild("status", "The status that spans are given.");
        var rules = attributes?.Words("rules", "Patterns whose named groups become attributes.") ?? [];
        var plain = new SpanProcessorOptions
        {
            FromAttributes = name?.Strings("from_attributes", [], "The name is made of these, if a span has all.") ?? [],
            Separator = name?.String("separator", "", "Stands between them.") ?? "",
            BreakAfterMatch = attributes?.Bool("break_after_match", false) ?? false,
            KeepOriginalName = attributes?.Bool("keep_original_name", false) ?? false,
            StatusCode = status?.Choice<long?>("code", null, "", ("Unset", 0), ("Ok", 1), ("Error", 2), ("", null)),
            StatusDescription = status?.String("description", "", "For Error.") ?? "",
        };
        if (!s.IsDocumenting && plain.FromAttributes.Count == 0 && rules.Count == 0 && status is null)
        {
            s.Error(s.Mark, "needs name.from_attributes, name.to_attributes.rules or status");
        }

        if (status is not null && plain.StatusCode is null && !s.IsDocumenting)
        {
            status.Error(status.Mark, "needs a code: Unset, Ok or Error");
        }

        if (plain.StatusDescription.Length > 0 && plain.StatusCode != 2)
        {
            status!.ErrorAt("description", "goes with code Error only");
        }

        var options = plain;
        foreach (var rule in rules)
        {
            if (SpanProcessorOptions.Of(plain, [rule.Text], out var problem) is null)
            {
                s.Error(rule.Mark, $"'{rule.Text}' is no regular expression: {problem}");
                return Built(id, context => new SpanProcessor(id, plain, selection, context.Next));
            }
        }

        options = SpanProcessorOptions.Of(plain, [.. rules.Select(static rule => rule.Text)], out _)!;
        return Built(id, context => new SpanProcessor(id, options, selection, context.Next));
    }

    private static SpanSelection Selection(Section s) => new(
        s.OptionalChild("include", "Only spans for which all of this holds.") is { } include ? Match(include) : null,
        s.OptionalChild("exclude", "No spans for which all of this holds.") is { } exclude ? Match(exclude) : null);

    private static SpanMatch Match(Section s)
    {
        var isRegex = s.Choice<bool?>("match_type", null, "How texts are compared.", ("strict", false), ("regexp", true), ("", null));
        if (isRegex is null && !s.IsDocumenting)
        {
            s.Error(s.Mark, "needs match_type: strict or regexp");
        }

        s.Raw("regexp");
        var match = new SpanMatch
        {
            Services = Texts("services"),
            SpanNames = Texts("span_names"),
            SpanKinds = Texts("span_kinds"),
            Attributes = Attributes("attributes", "All of these, with this value if one is given."),
            Resources = Attributes("resources", "One of these resource attributes."),
            Libraries = [.. s.ListOf("libraries", "One of these scopes.", item => (Text(item, "name", item.String("name", "")), item.Has("version") ? Text(item, "version", item.String("version", "")) : Ignored(item)))
                .Where(static library => library.Item1 is not null).Select(static library => (library.Item1!, library.Item2))],
        };
        if (!s.IsDocumenting && match.Services.Count + match.SpanNames.Count + match.SpanKinds.Count + match.Attributes.Count + match.Resources.Count + match.Libraries.Count == 0)
        {
            s.Error(s.Mark, "needs one of services, span_names, span_kinds, attributes, resources and libraries");
        }

        return match;

        IReadOnlyList<TextMatch> Texts(string key) => [.. s.Words(key).Select(word => Make(s, word.Mark, word.Text)).OfType<TextMatch>()];

        TextMatch? Ignored(Section item)
        {
            item.String("version", "");
            return null;
        }

        TextMatch? Text(Section item, string key, string text) => Make(item, item.MarkOf(key), text);

        TextMatch? Make(Section section, SourceMark mark, string text)
        {
            if (TextMatch.TryParse(text, isRegex ?? false, out var made, out var problem))
            {
                return made;
            }

            section.Error(mark, $"'{text}' is no regular expression: {problem}");
            return null;
        }

        IReadOnlyList<AttributeMatch> Attributes(string key, string text) => [.. s.ListOf(key, text, item =>
        {
            var name = item.String("key", "");
            var value = AttributeValues.Of(item.Raw("value"));
            return new AttributeMatch(name, value is not null, value, isRegex == true && value is not null ? Make(item, item.MarkOf("value"), Otlp.Editing.OtlpValue.ToText(value)) : null);
        })];
    }

    private static BuiltProcessorConfig Filter(Section s, ComponentId id)
    {
        var mode = OttlSettings.ErrorMode(s, OttlErrorMode.Ignore, "A condition that cannot be evaluated drops nothing, or refuses the batch.") ?? OttlErrorMode.Ignore;
        var conditions = new List<(OttlCondition, OttlErrorMode?)>();
        conditions.AddRange(s.Mixed("trace_conditions", "OTTL; what one of them holds for is dropped. Texts, or groups with a context.",
            word => OttlSettings.Try(s, word.Mark, word.Text, () => OttlCondition.Parse(word.Text, null)) is { } condition ? new List<(OttlCondition, OttlErrorMode?)> { (condition, null) } : null,
            group =>
            {
                var kind = OttlSettings.Context(group);
                var own = OttlSettings.ErrorMode(group, null, "For this group.");
                return OttlSettings.Conditions(group, "conditions", kind, "One of them is enough.").ConvertAll(condition => (condition, own));
            }).SelectMany(static group => group));
        var traces = s.Child("traces", "The older form, by context.");
        foreach (var (key, kind) in ((string, OttlContextKind)[])[("resource", OttlContextKind.Resource), ("span", OttlContextKind.Span), ("spanevent", OttlContextKind.SpanEvent)])
        {
            conditions.AddRange(OttlSettings.Conditions(traces, key, kind, "").Select(static condition => (condition, (OttlErrorMode?)null)));
        }

        var spans = s.OptionalChild("spans", "The oldest form: keeps what include selects and exclude does not.");
        var keep = spans is null ? null : Selection(spans);
        foreach (var other in (string[])["metrics", "logs", "profiles", "metric_conditions", "log_conditions", "profile_conditions"])
        {
            s.Raw(other);
        }

        var options = new FilterOptions { ErrorMode = mode, Conditions = conditions, Keep = keep };
        return Built(id, context => new FilterProcessor(id, options, context.Next, context.Services.Metrics, context.Services.Clock, context.Services.Logger(id)));
    }

    private static BuiltProcessorConfig Transform(Section s, ComponentId id)
    {
        var mode = OttlSettings.ErrorMode(s, OttlErrorMode.Ignore, "What a statement that fails does: it is logged and passed over, passed over, or refuses the batch.") ?? OttlErrorMode.Ignore;
        var groups = s.Mixed("trace_statements", "OTTL statements, or groups of them with a context.",
            word => OttlSettings.Try(s, word.Mark, word.Text, () => OttlStatement.Parse(word.Text, null)) is { } statement
                ? new TransformGroup(statement.Kind, [statement], [], null) { IsSingle = true }
                : null,
            Group);
        foreach (var other in (string[])["metric_statements", "log_statements", "profile_statements", "flatten_data"])
        {
            s.Raw(other);
        }

        var options = new TransformOptions { ErrorMode = mode, Groups = TransformGroup.Joined(groups) };
        return Built(id, context => new TransformProcessor(id, options, context.Next, context.Services.Clock, context.Services.Logger(id)));
    }

    private static TransformGroup? Group(Section s)
    {
        var kind = OttlSettings.Context(s);
        var own = OttlSettings.ErrorMode(s, null, "For this group.");
        var conditions = s.Words("conditions", "The statements run if one of these holds.");
        var statements = s.Words("statements", "Run one after the other.");
        var paths = kind;
        if (paths is null)
        {
            try
            {
                // Statements and conditions of a group see the same things: the innermost that any of them names.
                paths = OttlScope.Infer([.. conditions.Select(static word => word.Text), .. statements.Select(static word => word.Text)]);
            }
            catch (OttlSyntaxException)
            {
                // Reported below, with its place.
            }
        }

        var inferred = kind is null;
        var parsedConditions = conditions.Select(word => OttlSettings.Try(s, word.Mark, word.Text, () => OttlCondition.Parse(word.Text, paths, inferred))).OfType<OttlCondition>().ToList();
        var parsedStatements = statements.Select(word => OttlSettings.Try(s, word.Mark, word.Text, () => OttlStatement.Parse(word.Text, paths, inferred))).OfType<OttlStatement>().ToList();
        if (statements.Count == 0 && !s.IsDocumenting)
        {
            s.Error(s.Mark, "needs statements");
        }

        return parsedStatements.Count == 0 ? null : new TransformGroup(paths ?? OttlContextKind.Span, parsedStatements, parsedConditions, own);
    }

    private static BuiltProcessorConfig Redaction(Section s, ComponentId id)
    {
        var urls = s.Child("url_sanitizer", "Replaces the variable parts of URLs.");
        var databases = s.Child("db_sanitizer", "Replaces literal values in statements.");
        var systems = new List<(string, IReadOnlyList<string>)>();
        foreach (var system in (string[])["sql", "redis", "memcached", "mongo", "opensearch", "es"])
        {
            var section = databases.Child(system);
            if (section.Bool("enabled", false) is var enabled && section.Strings("attributes", []) is var attributes && enabled)
            {
                systems.Add((system, attributes));
            }
        }

        databases.Raw("sanitize_span_name");
        databases.Raw("allow_fallback_without_system");
        var plain = new RedactionOptions
        {
            AllowAllKeys = s.Bool("allow_all_keys", false, "Otherwise what is not in allowed_keys is removed."),
            AllowedKeys = s.Strings("allowed_keys", [], "Attributes that stay."),
            IgnoredKeys = s.Strings("ignored_keys", [], "Attributes that pass without a look."),
            RedactAllTypes = s.Bool("redact_all_types", false, "Look at values that are not texts too."),
            Hash = s.Choice("hash_function", RedactionHash.None, "Unset: `****`.",
                ("", RedactionHash.None), ("md5", RedactionHash.Md5), ("sha1", RedactionHash.Sha1), ("sha3", RedactionHash.Sha3)),
            Summary = s.Choice("summary", RedactionSummary.Silent, "What is told in attributes `redaction.*`.",
                ("silent", RedactionSummary.Silent), ("info", RedactionSummary.Info), ("debug", RedactionSummary.Debug), ("", RedactionSummary.Silent)),
            SanitizeUrls = urls.Bool("enabled", false),
            UrlAttributes = urls.Strings("attributes", []),
            SanitizeUrlSpanNames = urls.Bool("sanitize_span_name", true),
            Databases = systems,
        };
        var options = RedactionOptions.Of(
            plain, s.Strings("ignored_key_patterns", [], "The same, by pattern."), s.Strings("blocked_key_patterns", [], "Attributes whose values are masked."),
            s.Strings("blocked_values", [], "Patterns of what is masked in values."), s.Strings("allowed_values", [], "Patterns of values that are never masked."), out var problem);
        if (options is null)
        {
            s.Error(s.Mark, problem!);
        }

        return Built(id, context => new RedactionProcessor(id, options ?? plain, context.Next));
    }

    private static BuiltProcessorConfig GroupByAttrs(Section s, ComponentId id)
    {
        var keys = s.Strings("keys", [], "Attributes that move from spans to their resource; none: equal resources are put together.");
        return Built(id, context => new GroupByAttrsProcessor(id, keys, context.Next));
    }
}
