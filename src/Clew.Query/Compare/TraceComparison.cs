using System.Runtime.InteropServices;
using Clew.Model;
using Clew.Query.Traces;
using Clew.Query.Values;

namespace Clew.Query.Compare;

/// <summary>
/// Counts, for every value of every field, in how many traces of either side it occurs, and ranks what differs.
/// <para>
/// Traces are compared with traces of the same kind (same root service and operation): slow checkouts with quick checkouts. Otherwise all
/// that a checkout does and nothing else does would come before the one thing that makes it slow.
/// </para>
/// </summary>
internal sealed partial class TraceComparison
{
    // Values of a field beyond this: it is an id of something, no two traces share it, and it explains nothing.
    private const int MaxValues = 2_000;
    private const int MaxValueLength = 200;
    private const int MaxKinds = 64;

    // Resources that are looked up once; those after them are looked up once a trace.
    private const int MaxResources = 10_000;

    // Traces of either side whose values are kept to look for pairs; about 60 numbers each, 5 MB. Of a larger side the pair's number is estimated.
    private const int MaxKept = 20_000;
    private const int MaxDifferences = 200;
    private readonly Dictionary<(string Service, string Name), int> _kinds = [];
    private readonly List<Sides> _ofKind = [];
    private readonly Dictionary<FieldKey, FieldCounts> _fields = [];
    private readonly List<ValueCounts> _values = [];
    private readonly List<(bool Selected, int[] Values)> _kept = [];
    private readonly HashSet<ValueCounts> _seen = [];
    private readonly HashSet<FieldCounts> _seenFields = [];
    private readonly HashSet<ResourceData> _seenResources = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<ResourceData, ResourceValues> _resources = new(ReferenceEqualityComparer.Instance);
    private int _selected;
    private int _rest;

    public void Add(TraceData trace, bool selected)
    {
        _ = selected ? _selected++ : _rest++;
        var root = trace.Root;
        var kind = KindOf(root?.Resource.ServiceName ?? "", root?.Name ?? "");
        ref var ofKind = ref CollectionsMarshal.AsSpan(_ofKind)[kind];
        ofKind = ofKind.With(selected);

        _seen.Clear();
        _seenFields.Clear();
        _seenResources.Clear();
        if (root is not null)
        {
            See("", "rootServiceName", QueryValue.String(root.Resource.ServiceName));
            See("", "rootName", QueryValue.String(root.Name));
        }

        foreach (var span in trace.Spans)
        {
            AddSpan(span);
        }

        foreach (var field in _seenFields)
        {
            field.Count(kind, selected);
        }

        foreach (var value in _seen)
        {
            value.Counts.Count(kind, selected);
        }

        if ((selected ? _selected : _rest) <= MaxKept)
        {
            var values = new int[_seen.Count];
            var i = 0;
            foreach (var value in _seen)
            {
                values[i++] = value.Number;
            }

            _kept.Add((selected, values));
        }
    }

    public ComparisonResult Build(QueryStats stats)
    {
        var ranked = new List<(double Score, ValueCounts Value)>();
        foreach (var value in _values)
        {
            if (value.Field.Values.Count <= MaxValues && Score(value) is > 0 and var score)
            {
                ranked.Add((score, value));
            }
        }

        ranked.Sort(static (a, b) =>
        {
            var order = b.Score.CompareTo(a.Score);
            order = order != 0 ? order : b.Value.Counts.Selected.CompareTo(a.Value.Counts.Selected);
            return order != 0 ? order : a.Value.Number.CompareTo(b.Value.Number);
        });
        var top = ranked.Take(MaxDifferences).Select(static r => r.Value).ToList();
        return new ComparisonResult(_selected, _rest, [.. top.Select(DifferenceOf)], Together(top), stats);
    }

    private static Difference DifferenceOf(ValueCounts value) => new(
        value.Field.Key.Service.Length == 0 ? null : value.Field.Key.Service,
        value.Field.Key.Name,
        value.Value,
        value.Counts.Selected,
        value.Counts.Rest,
        value.Field.Presence.Selected,
        value.Field.Presence.Rest);

    private void AddSpan(SpanData span)
    {
        AddResource(span.Resource);
        var service = span.Resource.ServiceName;
        See(service, "name", QueryValue.String(span.Name));
        if (span.Status == SpanStatus.Error)
        {
            See(service, "status", QueryValue.Status(span.Status));
        }

        if (span.StatusMessage.Length > 0)
        {
            See(service, "statusMessage", QueryValue.String(span.StatusMessage));
        }

        foreach (var attribute in span.Attributes)
        {
            See("", "span.", attribute);
        }
    }

    /// <summary>
    /// What the spans of one process share. Resources are the same objects all over a query, so each is looked up once and not once a span:
    /// a dozen attributes a span are most of what there is to count.
    /// </summary>
    private void AddResource(ResourceData resource)
    {
        if (!_seenResources.Add(resource))
        {
            return;
        }

        if (!_resources.TryGetValue(resource, out var known))
        {
            known = new ResourceValues([], []);
            SeeField(known, "", "", "resource.service.name", QueryValue.String(resource.ServiceName));
            foreach (var attribute in resource.Attributes)
            {
                if (attribute.Key != ResourceData.ServiceNameKey && IsCounted(attribute.Value))
                {
                    SeeField(known, resource.ServiceName, "resource.", attribute.Key, attribute.Value);
                }
            }

            if (_resources.Count < MaxResources)
            {
                _resources.Add(resource, known);
            }
        }

        foreach (var field in known.Fields)
        {
            _seenFields.Add(field);
        }

        foreach (var value in known.Values)
        {
            _seen.Add(value);
        }
    }

    private void SeeField(ResourceValues known, string service, string scope, string name, in QueryValue value)
    {
        if (IsNamed(value))
        {
            var field = FieldOf(new FieldKey(service, scope, name));
            known.Fields.Add(field);
            if (CountsOf(field, value) is { } counts)
            {
                known.Values.Add(counts);
            }
        }
    }

    private void See(string service, string scope, in AttributeData attribute)
    {
        if (IsCounted(attribute.Value))
        {
            See(service, scope, attribute.Key, attribute.Value);
        }
    }

    private static bool IsCounted(in QueryValue value) => value.Kind is ValueKind.String or ValueKind.Int or ValueKind.Float or ValueKind.Bool;

    private static bool IsNamed(in QueryValue value) => value.Kind != ValueKind.String || value.AsString.Length is > 0 and <= MaxValueLength;

    private void See(string service, string name, in QueryValue value) => See(service, "", name, value);

    private void See(string service, string scope, string name, in QueryValue value)
    {
        if (!IsNamed(value))
        {
            return;
        }

        var field = FieldOf(new FieldKey(service, scope, name));
        _seenFields.Add(field);
        if (CountsOf(field, value) is { } counts)
        {
            _seen.Add(counts);
        }
    }

    private FieldCounts FieldOf(FieldKey key)
    {
        if (!_fields.TryGetValue(key, out var field))
        {
            _fields.Add(key, field = new FieldCounts(key));
        }

        return field;
    }

    /// <summary>Null beyond the most values that a field is counted by.</summary>
    private ValueCounts? CountsOf(FieldCounts field, in QueryValue value)
    {
        if (!field.Values.TryGetValue(value, out var counts))
        {
            // One more than is kept says that there were too many.
            if (field.Values.Count > MaxValues)
            {
                return null;
            }

            counts = new ValueCounts(field, value, _values.Count);
            _values.Add(counts);
            field.Values.Add(value, counts);
        }

        return counts;
    }

    private int KindOf(string service, string name)
    {
        if (_kinds.TryGetValue((service, name), out var kind))
        {
            return kind;
        }

        if (_kinds.Count == MaxKinds)
        {
            // Rare kinds share the last place.
            return MaxKinds - 1;
        }

        kind = _kinds.Count;
        _kinds.Add((service, name), kind);
        _ofKind.Add(default);
        return kind;
    }

    /// <summary>
    /// By how much more often the selection has the value than traces of the same kinds in the rest have it, among traces that have the
    /// field, weighed by how much of the selection has the field. What only the kind of trace explains comes after all of that.
    /// </summary>
    private double Score(ValueCounts value)
    {
        var counts = value.Counts;
        var presence = value.Field.Presence;
        if (_selected == 0 || presence.Selected == 0)
        {
            return 0;
        }

        var here = (double)counts.Selected / presence.Selected;
        var there = 0.0;
        var weight = 0.0;
        for (var kind = 0; kind < _ofKind.Count; kind++)
        {
            var (selected, rest) = presence.Of(kind);
            if (selected > 0 && rest > 0)
            {
                there += selected * ((double)counts.Of(kind).Rest / rest);
                weight += selected;
            }
        }

        there = weight > 0 ? there / weight : presence.Rest > 0 ? (double)counts.Rest / presence.Rest : 0;
        var covered = (double)presence.Selected / _selected;
        var within = Math.Max(0, here - there) * covered;
        var overall = Math.Max(0, ((double)counts.Selected / _selected) - (_rest == 0 ? 0 : (double)counts.Rest / _rest));
        return within + (overall * 0.1);
    }

    /// <summary>What every span of a resource adds.</summary>
    private sealed record ResourceValues(List<FieldCounts> Fields, List<ValueCounts> Values);

    private readonly record struct FieldKey(string Service, string Scope, string Key)
    {
        public string Name => Scope.Length == 0 ? Key : new AttributeName(Scope, Key).ToString();
    }

    /// <summary>An attribute as the language writes it: quoted when its key holds more than the language takes bare.</summary>
    private readonly record struct AttributeName(string Scope, string Key)
    {
        public override string ToString() =>
            Key.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/') ? Scope + Key : $"{Scope}\"{Key.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
    }

    private sealed class FieldCounts(FieldKey key)
    {
        public FieldKey Key => key;

        public SideCounts Presence { get; } = new();

        public Dictionary<QueryValue, ValueCounts> Values { get; } = [];

        public void Count(int kind, bool selected) => Presence.Count(kind, selected);
    }

    private sealed class ValueCounts(FieldCounts of, QueryValue value, int number)
    {
        public FieldCounts Field => of;

        public QueryValue Value => value;

        public int Number => number;

        public SideCounts Counts { get; } = new();
    }

    /// <summary>A number of traces on both sides.</summary>
    private readonly record struct Sides(int Selected, int Rest)
    {
        public Sides With(bool selected) => selected ? this with { Selected = Selected + 1 } : this with { Rest = Rest + 1 };
    }

    /// <summary>Traces of both sides by kind; most values occur in few kinds.</summary>
    private sealed class SideCounts
    {
        private readonly Dictionary<int, Sides> _ofKind = [];
        private Sides _all;

        public int Selected => _all.Selected;

        public int Rest => _all.Rest;

        public void Count(int kind, bool selected)
        {
            _all = _all.With(selected);
            ref var counts = ref CollectionsMarshal.GetValueRefOrAddDefault(_ofKind, kind, out _);
            counts = counts.With(selected);
        }

        public Sides Of(int kind) => _ofKind.GetValueOrDefault(kind);
    }
}
