using System.Buffers.Binary;
using System.Text;

namespace Clew.Semantics.Attributes;

/// <summary>Finds a <see cref="SemanticKey"/> by the bytes of an attribute's key: one multiplication, one probe, one comparison.</summary>
public static class SemanticKeys
{
    private static readonly string[] Names =
    [
        "",
        "service.name",
        "service.namespace",
        "service.version",
        "k8s.namespace.name",
        "k8s.deployment.name",
        "k8s.statefulset.name",
        "k8s.daemonset.name",
        "k8s.cronjob.name",
        "k8s.job.name",
        "k8s.replicaset.name",
        "k8s.pod.name",
        "k8s.cluster.name",
        "host.name",
        "istio.canonical_service",
        "istio.canonical_revision",
        "istio.namespace",
        "istio.cluster_id",
        "istio.source_workload",
        "istio.source_namespace",
        "istio.source_cluster_id",
        "istio.source_canonical_service",
        "istio.source_canonical_revision",
        "istio.source_app",
        "istio.source_app_version",
        "istio.destination_workload",
        "istio.destination_namespace",
        "istio.destination_cluster_id",
        "istio.destination_canonical_service",
        "istio.destination_canonical_revision",
        "istio.destination_app",
        "istio.destination_app_version",
        "component",
        "node_id",
        "peer.service",
        "server.address",
        "server.port",
        "net.peer.name",
        "net.peer.port",
        "net.peer.ip",
        "net.sock.peer.addr",
        "network.peer.address",
        "network.peer.port",
        "peer.hostname",
        "peer.address",
        "peer.ipv4",
        "peer.port",
        "upstream_cluster",
        "upstream_cluster.name",
        "http.url",
        "url.full",
        "http.host",
        "http.method",
        "http.request.method",
        "http.status_code",
        "http.response.status_code",
        "http.route",
        "http.protocol",
        "rpc.system",
        "rpc.system.name",
        "rpc.service",
        "rpc.method",
        "rpc.grpc.status_code",
        "rpc.response.status_code",
        "grpc.status_code",
        "grpc.path",
        "db.system",
        "db.system.name",
        "db.name",
        "db.namespace",
        "db.type",
        "db.instance",
        "messaging.system",
        "messaging.destination.name",
        "messaging.destination",
        "message_bus.destination",
        "response_flags",
        "error",
        "x-forwarded-client-cert",
        "http.request.header.x-forwarded-client-cert",
        "connection_security_policy",
        "request_size",
        "response_size",
        "http.request.body.size",
        "http.response.body.size",
        "http.request_content_length",
        "http.response_content_length",
        "sampler.type",
        "sampler.param",
        "clew.sample_weight",
    ];

    // Some 90 keys in 2048 slots: one multiplier in eight has no collision, so the search below ends after a few steps.
    private const int SlotBits = 11;

    private static readonly byte[][] Bytes = [.. Names.Select(Encoding.UTF8.GetBytes)];
    private static readonly byte[] Slots = new byte[1 << SlotBits];
    private static readonly ulong Multiplier = FindMultiplier();

    /// <summary>Known keys and <see cref="SemanticKey.None"/>.</summary>
    public static int Count => Names.Length;

    public static string Name(SemanticKey key) => Names[(int)key];

    /// <summary>The key with these bytes, or <see cref="SemanticKey.None"/>.</summary>
    public static SemanticKey Find(ReadOnlySpan<byte> key)
    {
        if (key.Length < 5)
        {
            return SemanticKey.None;
        }

        var candidate = Slots[Slot(Mix(key), Multiplier)];
        return key.SequenceEqual(Bytes[candidate]) ? (SemanticKey)candidate : SemanticKey.None;
    }

    private static int Slot(ulong mixed, ulong multiplier) => (int)((mixed * multiplier) >> (64 - SlotBits));

    /// <summary>The first four and the last eight bytes and the length tell all keys apart; the test of this class says so.</summary>
    private static ulong Mix(ReadOnlySpan<byte> key)
    {
        ulong head = BinaryPrimitives.ReadUInt32LittleEndian(key);
        var tail = key.Length >= 8 ? BinaryPrimitives.ReadUInt64LittleEndian(key[^8..]) : BinaryPrimitives.ReadUInt32LittleEndian(key[^4..]);
        var middle = key.Length >= 16 ? BinaryPrimitives.ReadUInt64LittleEndian(key[6..]) : 0;
        return (tail ^ (head << 29) ^ (ulong)key.Length) + (middle * 0x9E3779B97F4A7C15);
    }

    private static ulong FindMultiplier()
    {
        var random = new Random(1);
        while (true)
        {
            var multiplier = (ulong)random.NextInt64() | 1;
            Array.Clear(Slots);
            var good = true;
            for (var i = 1; i < Bytes.Length && good; i++)
            {
                ref var slot = ref Slots[Slot(Mix(Bytes[i]), multiplier)];
                good = slot == 0;
                slot = (byte)i;
            }

            if (good)
            {
                return multiplier;
            }
        }
    }
}
