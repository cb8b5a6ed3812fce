using Clew.Pipeline.Components;
using Clew.Pipeline.Ottl;
using Clew.Pipeline.Processors.Tail;

namespace Clew.Server.Configuration.Binding;

/// <summary>Reads the processors that wait for whole traces.</summary>
internal static class TailBindings
{
    private const int DefaultRemembered = 100_000;

    private static readonly string[] s_types =
    [
        "always_sample", "latency", "numeric_attribute", "probabilistic", "status_code", "string_attribute", "boolean_attribute", "trace_state", "trace_flags", "rate_limiting",
        "bytes_limiting", "span_count", "ottl_condition", "and", "not", "drop", "composite",
    ];

    public static BuiltProcessorConfig GroupByTrace(Section s, ComponentId id)
    {
        var wait = s.Duration("wait_duration", TimeSpan.FromSeconds(1), "From the first span of a trace until it is handed on.");
        var traces = s.Int("num_traces", 1_000_000, "Traces that wait at most; above it the oldest are handed on early.", 1);
        s.Int("num_workers", 1);
        s.Raw("discard_orphans");
        s.Raw("store_on_disk");
        return ProcessorBindings.Built(id, context => new GroupByTraceProcessor(id, context, wait, traces));
    }

    public static BuiltProcessorConfig TailSampling(Section s, ComponentId id)
    {
        var cache = s.Child("decision_cache", "Decisions that late spans follow. They are on disk: a restart does not lose them.");
        var remembered = cache.Int("sampled_cache_size", 0, "0: 50000.") + cache.Int("non_sampled_cache_size", 0, "0: 50000.");
        var names = new HashSet<string>();
        var policies = s.ListOf("policies", "Asked in this order; what becomes of a trace: dropped, else sampled by one of them, else not.", item => Policy(item, names, isTop: true));
        if (policies.Count == 0 && !s.IsDocumenting)
        {
            s.Error(s.Mark, "needs at least one policy");
        }

        var options = new TailSamplingOptions
        {
            DecisionWait = s.Duration("decision_wait", TimeSpan.FromSeconds(30), "From the first span of a trace to its decision."),
            DecisionWaitAfterRoot = s.OptionalDuration("decision_wait_after_root_received", "From the root span, if that is earlier."),
            MaxTraces = s.Int("num_traces", 50_000, "Undecided traces at most; above it the oldest are decided early.", 1),
            MaxTraceBytes = s.Long("maximum_trace_size_bytes", 0, "A larger trace is dropped, and counted; 0: no limit."),
            SampleOnFirstMatch = s.Bool("sample_on_first_match", false, "Later policies are not asked once one has sampled."),
            RememberedDecisions = remembered > 0 ? remembered : DefaultRemembered,
            Policies = [.. policies.OfType<NamedPolicy>().Select(static policy => (policy.Name, policy.Create))],
        };

        // Undecided spans are on disk: nothing has to be dropped at a stop, and nobody waits for room in memory.
        s.Int("expected_new_traces_per_sec", 0);
        s.Bool("block_on_overflow", false);
        s.Bool("drop_pending_traces_on_shutdown", false, "Has no effect: what is undecided is decided after the next start.");
        s.Raw("sampling_strategy");
        return ProcessorBindings.Built(id, context => new TailSamplingProcessor(id, options, context));
    }

    private sealed record NamedPolicy(string Name, Func<TailPolicy> Create);

    private static NamedPolicy? Policy(Section s, HashSet<string> names, bool isTop)
    {
        var name = s.String("name", "", "Tells policies apart in metrics.");
        var type = s.String("type", "", $"One of {string.Join(", ", s_types)}.");
        if (s.IsDocumenting)
        {
            foreach (var known in s_types.Where(known => isTop || known is not ("composite" or "drop" or "and" or "not")))
            {
                Create(s, known, isTop);
            }

            return null;
        }

        if (name.Length == 0)
        {
            s.Error(s.Mark, "needs a name");
        }
        else if (!names.Add(name))
        {
            s.ErrorAt("name", $"'{name}' is the name of another policy too");
        }

        if (Create(s, type, isTop) is { } create)
        {
            return new NamedPolicy(name, create);
        }

        if (!s_types.Contains(type))
        {
            var nearest = Nearest.Find(type, s_types);
            s.Error(s.MarkOf("type"), $"'{type}' is no policy{(nearest is null ? "" : $"; did you mean '{nearest}'?")} (policies: {string.Join(", ", s_types)})");
        }

        return null;
    }

    private static Func<TailPolicy>? Create(Section s, string type, bool isTop)
    {
        switch (type)
        {
            case "always_sample":
                s.Raw("always_sample");
                return static () => new AlwaysPolicy();
            case "latency":
                var latency = s.Child(type);
                var (threshold, upper) = (latency.Long("threshold_ms", 0, "At least so long; with an upper threshold longer than this."), latency.Long("upper_threshold_ms", 0, "At most so long; 0: no limit."));
                return () => new LatencyPolicy(threshold, upper);
            case "numeric_attribute":
                var numeric = s.Child(type);
                var (numberKey, min, max) = (Key(numeric), numeric.Long("min_value", long.MinValue, "", long.MinValue), numeric.Long("max_value", long.MaxValue, "", long.MinValue));
                var invertNumber = Invert(numeric);
                return () => new NumericAttributePolicy(numberKey, min, max, invertNumber);
            case "probabilistic":
                var probabilistic = s.Child(type);
                var (salt, percentage) = (probabilistic.String("hash_salt", "", "Collectors that shall decide alike need the same."), probabilistic.Double("sampling_percentage", 0));
                return () => new ProbabilisticPolicy(salt, percentage);
            case "status_code":
                var status = s.Child(type);
                var codes = status.Words("status_codes", "OK, ERROR, UNSET.");
                return StatusCodes(status, codes);
            case "string_attribute":
                var text = s.Child(type);
                var (textKey, isRegex) = (Key(text), text.Bool("enabled_regex_matching", false));
                text.Int("cache_max_size", 0);
                var invertText = Invert(text);
                var values = new List<TextTest>();
                foreach (var word in text.Words("values", "One of these."))
                {
                    if (TextTest.Of(word.Text, isRegex, out var problem) is { } test)
                    {
                        values.Add(test);
                    }
                    else
                    {
                        text.Error(word.Mark, $"'{word.Text}' is no regular expression: {problem}");
                    }
                }

                if (values.Count == 0 && !s.IsDocumenting)
                {
                    text.Error(text.Mark, "needs values");
                }

                return () => new StringAttributePolicy(textKey, values, invertText);
            case "boolean_attribute":
                var boolean = s.Child(type);
                var (boolKey, wanted, invertBool) = (Key(boolean), boolean.Bool("value", false), Invert(boolean));
                return () => new BooleanAttributePolicy(boolKey, wanted, invertBool);
            case "trace_state":
                var state = s.Child(type);
                var (stateKey, states) = (Key(state), state.Strings("values", []));
                return () => new TraceStatePolicy(stateKey, states);
            case "trace_flags":
                s.Raw(type);
                return static () => new TraceFlagsPolicy();
            case "rate_limiting":
                var rate = s.Child(type).Long("spans_per_second", 0);
                return () => new RateLimitingPolicy(rate);
            case "bytes_limiting":
                var bytes = s.Child(type);
                var (perSecond, burst) = (bytes.Long("bytes_per_second", 0), bytes.Long("burst_capacity", 0, "0: twice the rate."));
                return () => new BytesLimitingPolicy(perSecond, burst);
            case "span_count":
                var count = s.Child(type);
                var (least, most) = (count.Long("min_spans", 0), count.Long("max_spans", 0, "0: no limit."));
                return () => new SpanCountPolicy(least, most);
            case "ottl_condition":
                var ottl = s.Child(type);
                var mode = OttlSettings.ErrorMode(ottl, OttlErrorMode.Propagate, "") ?? OttlErrorMode.Propagate;
                var spans = OttlSettings.Conditions(ottl, "span", OttlContextKind.Span, "OTTL; one that holds for one span is enough.");
                var events = OttlSettings.Conditions(ottl, "spanevent", OttlContextKind.SpanEvent, "");
                return () => new OttlPolicy(spans, events, (_, _) => mode != OttlErrorMode.Propagate);
            case "and":
                return Several(s, "and", "and_sub_policy", static policies => new AndPolicy(policies));
            case "drop":
                return Several(s, "drop", "drop_sub_policy", static policies => new DropPolicy(policies));
            case "not":
                return Several(s, "not", "not_sub_policy", static policies => new NotPolicy(policies[0]));
            case "composite" when isTop:
                return Composite(s.Child(type));
            default:
                return null;
        }
    }

    private static string Key(Section s)
    {
        var key = s.String("key", "", "The attribute.");
        if (key.Length == 0 && !s.IsDocumenting)
        {
            s.Error(s.Mark, "needs a key");
        }

        return key;
    }

    private static bool Invert(Section s) => s.Bool("invert_match", false, "A match keeps the trace out, whatever else samples it.");

    private static Func<TailPolicy> StatusCodes(Section s, IReadOnlyList<Documents.ConfigScalar> words)
    {
        var codes = new List<long>();
        foreach (var word in words)
        {
            switch (word.Text.ToUpperInvariant())
            {
                case "UNSET":
                    codes.Add(0);
                    break;
                case "OK":
                    codes.Add(1);
                    break;
                case "ERROR":
                    codes.Add(2);
                    break;
                default:
                    s.Error(word.Mark, $"'{word.Text}' must be OK, ERROR or UNSET");
                    break;
            }
        }

        if (words.Count == 0 && !s.IsDocumenting)
        {
            s.Error(s.Mark, "needs status_codes: OK, ERROR, UNSET");
        }

        return () => new StatusCodePolicy(codes);
    }

    private static Func<TailPolicy>? Several(Section s, string type, string list, Func<IReadOnlyList<TailPolicy>, TailPolicy> make)
    {
        var section = s.Child(type);
        var policies = section.ListOf(list, "Policies as above.", static item => Policy(item, [], isTop: false));
        if (policies.Count == 0 && !s.IsDocumenting)
        {
            section.Error(section.Mark, $"needs {list} with at least one policy");
        }

        var parts = policies.OfType<NamedPolicy>().ToList();
        return parts.Count == policies.Count || s.IsDocumenting ? () => make([.. parts.Select(static part => part.Create())]) : static () => new AlwaysPolicy();
    }

    private static Func<TailPolicy> Composite(Section s)
    {
        var total = s.Long("max_total_spans_per_second", 0);
        var order = s.Strings("policy_order", [], "Names of the sub-policies; unset: as they are written.");
        var policies = s.ListOf("composite_sub_policy", "", static item => Policy(item, [], isTop: false)).OfType<NamedPolicy>().ToList();
        var shares = s.ListOf("rate_allocation", "The share of each in the spans of a second.", static item => (Name: item.String("policy", ""), Percent: item.Long("percent", 0)))
            .ToDictionary(static share => share.Name, static share => share.Percent);
        foreach (var name in order.Concat(shares.Keys).Where(name => policies.TrueForAll(policy => policy.Name != name)))
        {
            s.Error(s.Mark, $"'{name}' is none of its sub-policies ({string.Join(", ", policies.Select(static policy => policy.Name))})");
        }

        var ordered = order.Count == 0 ? policies : [.. order.Select(name => policies.Find(policy => policy.Name == name)).OfType<NamedPolicy>()];
        var equal = policies.Count == 0 ? 0 : total / policies.Count;
        return () => new CompositePolicy(
            total, [.. ordered.Select(policy => (policy.Create(), shares.TryGetValue(policy.Name, out var percent) && percent > 0 ? total * percent / 100 : equal))]);
    }
}
