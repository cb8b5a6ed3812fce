using System.IO.Hashing;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Batches;
using Clew.Otlp.Editing;
using Clew.Otlp.Wire;

namespace Clew.Pipeline.Exporters.Sending;

/// <summary>By what spans find their next hop.</summary>
public enum RoutingKey
{
    TraceId,
    Service,
    Resource,
    Attributes,
}

/// <summary>Settings of <c>loadbalancing</c>.</summary>
public sealed record LoadBalancingOptions
{
    public RoutingKey Key { get; init; }

    /// <summary>For <see cref="RoutingKey.Attributes"/>: of resources and spans.</summary>
    public IReadOnlyList<string> Attributes { get; init; } = [];

    /// <summary>Fixed members, <c>host:port</c>.</summary>
    public IReadOnlyList<string> Hostnames { get; init; } = [];

    /// <summary>The name whose addresses are the members; null with fixed ones.</summary>
    public string? DnsHostname { get; init; }

    public int DnsPort { get; init; } = 4317;

    public TimeSpan DnsInterval { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan DnsTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The Kubernetes service whose ready endpoints are the members; null: fixed ones or those of a name.</summary>
    public KubernetesService? Kubernetes { get; init; }
}

/// <summary>
/// The Collector's ring: 100 places of 36000 for each member, so that collectors of both kinds side by side choose the same
/// member for a trace.
/// </summary>
internal sealed class HashRing
{
    private const int Places = 36_000;
    private const int PlacesOfMember = 100;

    private readonly List<(uint Place, string Member)> _ring = [];

    public HashRing(IEnumerable<string> members)
    {
        var taken = new HashSet<uint>();
        foreach (var member in members)
        {
            var bytes = new byte[Encoding.UTF8.GetByteCount(member) + 1];
            Encoding.UTF8.GetBytes(member, bytes);
            for (var i = 0; i < PlacesOfMember; i++)
            {
                bytes[^1] = (byte)i;
                var place = Crc32.HashToUInt32(bytes) % Places;
                if (taken.Add(place))
                {
                    _ring.Add((place, member));
                }
            }
        }

        _ring.Sort(static (left, right) => left.Place.CompareTo(right.Place));
    }

    public bool IsEmpty => _ring.Count == 0;

    public string Of(ReadOnlySpan<byte> key)
    {
        var place = Crc32.HashToUInt32(key) % Places;
        var (low, high) = (0, _ring.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _ring[middle].Place < place ? (middle + 1, high) : (low, middle);
        }

        return _ring[low == _ring.Count ? 0 : low].Member;
    }
}

/// <summary>
/// <c>loadbalancing</c>: sends each trace (or service) to one of several next hops. The choice is made when a request leaves the queue and
/// again for what was not taken, by the members of that moment: a member that goes takes nothing with it.
/// </summary>
public sealed class LoadBalancingSender : ITraceSender
{
    /// <summary>Times that a part is sent, by the members of the moment, before the queue's own retry takes over.</summary>
    private const int Attempts = 3;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(200);

    private readonly LoadBalancingOptions _options;
    private readonly Func<string, ITraceSender> _connect;
    private readonly TimeProvider _clock;
    private readonly Dictionary<string, ITraceSender> _senders = [];
    private readonly SemaphoreSlim _gate = new(1, 1);
    private KubernetesEndpoints? _endpoints;
    private HashRing _ring = new([]);
    private string[] _members = [];
    private long _resolvedAt;
    private bool _isResolved;

    public LoadBalancingSender(LoadBalancingOptions options, Func<string, ITraceSender> connect, TimeProvider clock)
    {
        _options = options;
        _connect = connect;
        _clock = clock;
        Target = options.Kubernetes is { } service ? $"endpoints of service {service.Namespace}/{service.Name}" : options.DnsHostname is { } name ? $"members of {name}" : string.Join(", ", options.Hostnames);
    }

    public string Target { get; }

    public async Task<SendOutcome> SendAsync(ReadOnlyMemory<byte> request, BatchContext? context, CancellationToken cancellationToken)
    {
        using var copy = new PooledBuffer(request.Length);
        copy.Write(request.Span);
        using var batch = OtlpScanner.Scan(new Unowned(copy), new BatchContext(TenantId.Single, 0), OtlpLimits.AlreadyChecked).Batch;
        if (batch is null)
        {
            return new SendOutcome(SendStatus.Refused, "the request in the queue is not readable");
        }

        var keys = Keys(batch);
        var left = Enumerable.Range(0, batch.SpanCount).ToList();
        var outcome = SendOutcome.Delivered;
        var rejected = 0L;
        for (var attempt = 1; left.Count > 0; attempt++)
        {
            var ring = await RingAsync(force: attempt > 1, cancellationToken).ConfigureAwait(false);
            if (ring.IsEmpty)
            {
                return new SendOutcome(SendStatus.Retry, $"{Target} has no members now");
            }

            var parts = left.GroupBy(index => ring.Of(keys[index])).Select(part => SendPartAsync(part.Key, batch, [.. part], context, cancellationToken)).ToList();
            left = [];

            // All of them, also when one is cancelled: they read the batch.
            foreach (var (spans, result) in await Task.WhenAll(parts).ConfigureAwait(false))
            {
                rejected += result.RejectedSpans + (result.Status == SendStatus.Refused ? spans.Count : 0);
                if (result.Status == SendStatus.Retry)
                {
                    left.AddRange(spans);
                    outcome = result;
                }
                else if (result.Status == SendStatus.Refused)
                {
                    outcome = result;
                }
            }

            if (left.Count > 0)
            {
                if (attempt == Attempts)
                {
                    // The parts that were delivered are sent again with the rest: at least once.
                    return outcome;
                }

                await Task.Delay(s_pause, _clock, cancellationToken).ConfigureAwait(false);
            }
        }

        return rejected > 0 ? new SendOutcome(rejected >= batch.SpanCount ? SendStatus.Refused : SendStatus.Delivered, outcome.Reason, null, rejected) : SendOutcome.Delivered;
    }

    public async ValueTask DisposeAsync()
    {
        _endpoints?.Dispose();
        foreach (var sender in _senders.Values)
        {
            await sender.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<(List<int> Spans, SendOutcome Outcome)> SendPartAsync(string member, TraceBatch batch, List<int> spans, BatchContext? context, CancellationToken cancellationToken)
    {
        ITraceSender sender;
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_senders.TryGetValue(member, out sender!))
            {
                _senders.Add(member, sender = _connect(WithPort(member)));
            }
        }
        finally
        {
            _gate.Release();
        }

        using var composer = new BatchComposer();
        foreach (var index in spans)
        {
            composer.Add(batch, batch.Spans[index]);
        }

        using var part = composer.Build(batch.Context);
        var outcome = await sender.SendAsync(part.Bytes, context, cancellationToken).ConfigureAwait(false);
        return (spans, outcome);
    }

    private byte[][] Keys(TraceBatch batch)
    {
        using var edit = new BatchEdit(batch);
        var keys = new byte[batch.SpanCount][];
        for (var i = 0; i < keys.Length; i++)
        {
            var entry = batch.Spans[i];
            switch (_options.Key)
            {
                case RoutingKey.TraceId:
                    keys[i] = new byte[TraceId.Size];
                    entry.TraceId.WriteTo(keys[i]);
                    break;
                case RoutingKey.Service:
                    keys[i] = Encoding.UTF8.GetBytes(edit.Resource(entry.Resource).Attributes.Get("service.name") as string ?? "");
                    break;
                case RoutingKey.Resource:
                    keys[i] = batch.ContextBytes(batch.Resources[entry.Resource]).ToArray();
                    break;
                default:
                    var (resource, span) = (edit.Resource(entry.Resource).Attributes, edit.Open(i));
                    keys[i] = Encoding.UTF8.GetBytes(string.Join('\u001f', _options.Attributes.Select(key => key switch
                    {
                        "span.name" => span.Name,
                        "span.kind" => span.Kind.ToString(System.Globalization.CultureInfo.InvariantCulture),
                        _ => OtlpValue.ToText(resource.Get(key) ?? span.Attributes.Get(key)),
                    })));
                    break;
            }
        }

        return keys;
    }

    private async Task<HashRing> RingAsync(bool force, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var changes = _options.DnsHostname is not null || _options.Kubernetes is not null;
            var isDue = !_isResolved || (changes && (force || _clock.GetElapsedTime(_resolvedAt) >= _options.DnsInterval));
            if (isDue)
            {
                string[]? members = _options.Kubernetes is { } service ? await (_endpoints ??= new KubernetesEndpoints(service)).ListAsync(cancellationToken).ConfigureAwait(false)
                    : _options.DnsHostname is { } name ? await ResolveAsync(name, cancellationToken).ConfigureAwait(false)
                    : [.. _options.Hostnames];
                if (members is not null)
                {
                    _resolvedAt = _clock.GetTimestamp();
                    _isResolved = true;
                    Array.Sort(members, StringComparer.Ordinal);
                    if (!members.SequenceEqual(_members))
                    {
                        (_members, _ring) = (members, new HashRing(members));
                    }
                }
            }

            return _ring;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Null when the name cannot be looked up: the members that were known stay.</summary>
    private async Task<string[]?> ResolveAsync(string name, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_options.DnsTimeout);
        try
        {
            var addresses = await Dns.GetHostAddressesAsync(name, limit.Token).ConfigureAwait(false);
            return addresses.Length == 0 ? null : [.. addresses.Select(address => address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]:{_options.DnsPort}" : $"{address}:{_options.DnsPort}").Distinct()];
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    // Where to connect; the ring knows members by the names that they were given, as the Collector's does.
    private static string WithPort(string member) => member.LastIndexOf(':') > member.LastIndexOf(']') ? member : $"{member}:4317";
}
