using System.Buffers.Binary;
using System.IO.Hashing;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Semantics.Attributes;
using Clew.Semantics.Nodes;

namespace Clew.Semantics;

/// <summary>
/// Reads spans from their OTLP bytes. What repeats is made once: resources by their bytes, facts by a signature of the attributes that
/// they depend on, nodes by value. A span that says nothing new allocates nothing. For one thread.
/// </summary>
public sealed class SemanticReader
{
    /// <summary>Distinct facts that are shared. With more (a peer address that is new on every span) facts are made a span.</summary>
    public const int MaxFacts = 50_000;

    /// <summary>Distinct resources that are remembered; the next one starts the memory anew.</summary>
    public const int MaxResources = 10_000;

    /// <summary>Distinct span names; further ones are called "other".</summary>
    public const int MaxTexts = 100_000;

    private readonly AttributeSlots _slots = new();
    private readonly Dictionary<ulong, (byte[] Bytes, ResourceFacts Facts)> _resources = [];
    private readonly Dictionary<ServiceNode, ServiceNode> _nodes = [];
    private readonly Dictionary<ulong, (byte[] Signature, SpanFacts Facts)> _facts = [];
    private byte[] _signature = new byte[512];
    private int _resourceIds;
    private int _factIds;

    /// <summary>Names of spans and operations.</summary>
    public Utf8Pool Texts { get; } = new(MaxTexts);

    /// <summary>Facts given out so far have ids below this number.</summary>
    public int FactCount => _factIds;

    /// <summary>What an encoded Resource message says.</summary>
    public ResourceFacts Resource(ReadOnlySpan<byte> resource)
    {
        var hash = XxHash3.HashToUInt64(resource);
        if (_resources.TryGetValue(hash, out var known) && resource.SequenceEqual(known.Bytes))
        {
            return known.Facts;
        }

        if (_resources.Count >= MaxResources)
        {
            _resources.Clear();
        }

        var facts = ResourceFacts.Read(_resourceIds++, resource, _slots);
        _resources[hash] = (resource.ToArray(), facts);
        return facts;
    }

    /// <summary>Reads an encoded Span message that the scan of a batch accepted.</summary>
    public SpanReading Read(ReadOnlySpan<byte> span, ResourceFacts resource) => Read(span, resource, withName: true);

    /// <summary>The same without looking up the span's name, which is "other" then: for those who have it already.</summary>
    public SpanReading ReadFacts(ReadOnlySpan<byte> span, ResourceFacts resource) => Read(span, resource, withName: false);

    private SpanReading Read(ReadOnlySpan<byte> span, ResourceFacts resource, bool withName)
    {
        ArgumentNullException.ThrowIfNull(resource);
        _slots.Clear();
        scoped ReadOnlySpan<byte> name = default, traceId = default, spanId = default, parentId = default, traceState = default;
        ulong start = 0, end = 0, kind = 0, status = 0;
        var reader = new ProtoReader(span);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case OtlpFields.Span.Attributes when reader.Type == WireType.Length && reader.TryBytes(out var keyValue, out var offset):
                    _slots.Add(keyValue, offset);
                    break;
                case OtlpFields.Span.TraceId when reader.Type == WireType.Length:
                    reader.TryBytes(out traceId);
                    break;
                case OtlpFields.Span.SpanId when reader.Type == WireType.Length:
                    reader.TryBytes(out spanId);
                    break;
                case OtlpFields.Span.ParentSpanId when reader.Type == WireType.Length:
                    reader.TryBytes(out parentId);
                    break;
                case OtlpFields.Span.TraceState when reader.Type == WireType.Length:
                    reader.TryBytes(out traceState);
                    break;
                case OtlpFields.Span.Name when reader.Type == WireType.Length:
                    reader.TryBytes(out name);
                    break;
                case OtlpFields.Span.Kind when reader.Type == WireType.Varint:
                    reader.TryVarint(out kind);
                    break;
                case OtlpFields.Span.StartTime when reader.Type == WireType.Fixed64:
                    reader.TryFixed64(out start);
                    break;
                case OtlpFields.Span.EndTime when reader.Type == WireType.Fixed64:
                    reader.TryFixed64(out end);
                    break;
                case OtlpFields.Span.Status when reader.Type == WireType.Length && reader.TryBytes(out var message):
                    status = StatusCode(message);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var spanKind = kind <= (ulong)SpanKind.Consumer ? (SpanKind)kind : SpanKind.Unspecified;
        var (startNano, endNano) = (UnixNano.Clamp(start), UnixNano.Clamp(end));
        return new SpanReading
        {
            TraceId = traceId.Length == TraceId.Size ? TraceId.FromBytes(traceId) : default,
            SpanId = Id(spanId),
            ParentId = Id(parentId),
            Kind = spanKind,
            Status = status <= (ulong)SpanStatus.Error ? (SpanStatus)status : SpanStatus.Unset,
            StartUnixNano = startNano,
            DurationNanos = Math.Max(0, endNano - startNano),
            Name = withName ? Texts.Intern(name) : 0,
            Facts = Facts(span, resource, spanKind),
            OwnWeight = OwnWeight(span, traceState),
            TraceWeight = TraceWeight(span),
            RequestBytes = Size(span, SemanticKey.HttpRequestBodySize, SemanticKey.RequestSize, SemanticKey.HttpRequestContentLength),
            ResponseBytes = Size(span, SemanticKey.HttpResponseBodySize, SemanticKey.ResponseSize, SemanticKey.HttpResponseContentLength),
        };
    }

    private static ulong Id(ReadOnlySpan<byte> id) => id.Length == SpanId.Size ? SpanId.FromBytes(id).Value : 0;

    private static ulong StatusCode(ReadOnlySpan<byte> message)
    {
        ulong code = 0;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == OtlpFields.Status.Code && reader.Type == WireType.Varint)
            {
                reader.TryVarint(out code);
            }
            else
            {
                reader.Skip();
            }
        }

        return code;
    }

    private long OwnWeight(ReadOnlySpan<byte> span, ReadOnlySpan<byte> traceState)
    {
        // What retention sampled away counts on top of what a sampler did before.
        var weight = traceState.Length > 0 ? SamplingWeight.OfTraceState(traceState) : 0;
        if (_slots.TryNumber(SemanticKey.SampleWeight, span, out var kept) && kept > 1)
        {
            weight = SamplingWeight.Of(kept * (weight == 0 ? 1 : SamplingWeight.ToDouble(weight)));
        }

        return weight;
    }

    /// <summary>Jaeger's clients write their sampler on the first span of a trace.</summary>
    private long TraceWeight(ReadOnlySpan<byte> span) =>
        _slots.Has(SemanticKey.SamplerType) && _slots.Bytes(SemanticKey.SamplerType, span).SequenceEqual("probabilistic"u8)
        && _slots.TryNumber(SemanticKey.SamplerParam, span, out var probability) && probability is > 0 and <= 1
            ? SamplingWeight.Of(1 / probability)
            : 0;

    private long Size(ReadOnlySpan<byte> span, SemanticKey newest, SemanticKey envoy, SemanticKey older)
    {
        if (_slots.Count == 0)
        {
            return 0;
        }

        return _slots.TryNumber(newest, span, out var bytes) || _slots.TryNumber(envoy, span, out bytes) || _slots.TryNumber(older, span, out bytes)
            ? bytes is > 0 and < 1e15 ? (long)bytes : 0
            : 0;
    }

    private SpanFacts Facts(ReadOnlySpan<byte> span, ResourceFacts resource, SpanKind kind)
    {
        var length = Sign(span, resource, kind);
        var signature = _signature.AsSpan(0, length);
        var hash = XxHash3.HashToUInt64(signature);
        if (_facts.TryGetValue(hash, out var known) && signature.SequenceEqual(known.Signature))
        {
            return known.Facts;
        }

        var isShared = _facts.Count < MaxFacts;
        var facts = Shared(new FactsDerivation(_slots, span, resource, kind).Derive(isShared ? _factIds++ : -1));
        if (isShared)
        {
            _facts[hash] = (signature.ToArray(), facts);
        }

        return facts;
    }

    /// <summary>Everything that <see cref="FactsDerivation"/> looks at, and nothing that differs from span to span.</summary>
    private int Sign(ReadOnlySpan<byte> span, ResourceFacts resource, SpanKind kind)
    {
        var use = new AttributeUse(kind, Says(SemanticKey.PeerService, span), SaysHost(span));
        BinaryPrimitives.WriteInt32LittleEndian(_signature, resource.Id);
        _signature[4] = (byte)kind;
        var length = 5;
        foreach (var key in _slots.Keys)
        {
            switch (use.Of(key))
            {
                case UsedAs.Value:
                    Append(ref length, key, _slots.TypeOf(key), _slots.Bytes(key, span), _slots.Raw(key));
                    break;
                case UsedAs.Host:
                    Append(ref length, key, AttributeType.String, AttributeUse.HostOfUrl(_slots.Bytes(key, span)), 0);
                    break;
                case UsedAs.Presence:
                    Append(ref length, key, AttributeType.String, default, 0);
                    break;
                default:
                    break;
            }
        }

        return length;
    }

    private bool SaysHost(ReadOnlySpan<byte> span) =>
        Says(SemanticKey.ServerAddress, span) || Says(SemanticKey.NetPeerName, span) || Says(SemanticKey.PeerHostname, span);

    private bool Says(SemanticKey key, ReadOnlySpan<byte> span) => _slots.Has(key) && (_slots.TypeOf(key) != AttributeType.String || _slots.Bytes(key, span).Length > 0);

    private void Append(ref int length, SemanticKey key, AttributeType type, ReadOnlySpan<byte> text, long number)
    {
        var needed = length + 14 + text.Length;
        if (_signature.Length < needed)
        {
            Array.Resize(ref _signature, needed * 2);
        }

        _signature[length] = (byte)key;
        _signature[length + 1] = (byte)type;
        BinaryPrimitives.WriteInt32LittleEndian(_signature.AsSpan(length + 2), text.Length);
        BinaryPrimitives.WriteInt64LittleEndian(_signature.AsSpan(length + 6), number);
        text.CopyTo(_signature.AsSpan(length + 14));
        length = needed;
    }

    private SpanFacts Shared(SpanFacts facts) => facts with
    {
        Node = Shared(facts.Node)!, Callee = Shared(facts.Callee), Caller = Shared(facts.Caller), WaypointSource = Shared(facts.WaypointSource),
    };

    /// <summary>One object for equal nodes, so that comparing them is comparing references, almost always.</summary>
    private ServiceNode? Shared(ServiceNode? node)
    {
        if (node is null)
        {
            return null;
        }

        if (_nodes.TryGetValue(node, out var known))
        {
            return known;
        }

        if (_nodes.Count < MaxFacts)
        {
            _nodes.Add(node, node);
        }

        return node;
    }
}
