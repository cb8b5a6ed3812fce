using System.Buffers.Binary;
using System.IO.Hashing;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Clew.Pipeline.Ottl;

internal static partial class OttlFunctions
{
    private static Dictionary<string, OttlFunction> Hashes() => new()
    {
        ["MD5"] = Hash(static bytes => Convert.ToHexStringLower(MD5.HashData(bytes))),
        ["SHA1"] = Hash(static bytes => Convert.ToHexStringLower(SHA1.HashData(bytes))),
        ["SHA256"] = Hash(static bytes => Convert.ToHexStringLower(SHA256.HashData(bytes))),
        ["SHA512"] = Hash(static bytes => Convert.ToHexStringLower(SHA512.HashData(bytes))),
        ["XXH3"] = Hash(static bytes => Convert.ToHexStringLower(XxHash3.Hash(bytes))),
        ["XXH128"] = Hash(static bytes => Convert.ToHexStringLower(XxHash128.Hash(bytes))),
        ["Murmur3Hash"] = Hash(static bytes =>
        {
            var hash = new byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(hash, Murmur3.Hash32(bytes));
            return Convert.ToHexStringLower(hash);
        }),
        ["Murmur3Hash128"] = Hash(static bytes =>
        {
            var (low, high) = Murmur3.Hash128(bytes);
            var hash = new byte[16];
            BinaryPrimitives.WriteUInt64LittleEndian(hash, low);
            BinaryPrimitives.WriteUInt64LittleEndian(hash.AsSpan(8), high);
            return Convert.ToHexStringLower(hash);
        }),
        ["FNV"] = new("value", static call =>
        {
            var value = call.Text("value");
            return call.Result(OttlTypes.Int, context => unchecked((long)Fnv1a64(Encoding.UTF8.GetBytes(value(context)))));
        }),
        ["CommunityID"] = new("source_ip, source_port, destination_ip, destination_port, protocol?, seed?", static call =>
        {
            var (source, destination) = (call.Text("source_ip"), call.Text("destination_ip"));
            var (sourcePort, destinationPort) = (call.Int("source_port"), call.Int("destination_port"));
            var protocol = call.Text("protocol", "TCP");
            var seed = call.Has("seed") ? call.Int("seed") : static _ => 0;
            return call.Result(OttlTypes.String, context =>
                CommunityId(call, source(context), sourcePort(context), destination(context), destinationPort(context), protocol(context), seed(context)));
        }),
    };

    /// <summary>FNV-1a with 64 bits.</summary>
    internal static ulong Fnv1a64(ReadOnlySpan<byte> bytes, ulong state = 14695981039346656037)
    {
        foreach (var b in bytes)
        {
            state = unchecked((state ^ b) * 1099511628211);
        }

        return state;
    }

    private static OttlFunction Hash(Func<byte[], string> hash) => new("value", call =>
    {
        var value = call.Text("value");
        return call.Result(OttlTypes.String, context => hash(Encoding.UTF8.GetBytes(value(context))));
    });

    // Community ID 1: SHA-1 over seed, the two ends in order, protocol, a zero byte and the ports.
    private static string CommunityId(OttlCall call, string source, long sourcePort, string destination, long destinationPort, string protocol, long seed)
    {
        if (!IPAddress.TryParse(source, out var from) || !IPAddress.TryParse(destination, out var to))
        {
            throw call.Fail($"'{source}' and '{destination}' must be IP addresses");
        }

        if (sourcePort is < 0 or > 65535 || destinationPort is < 0 or > 65535 || seed is < 0 or > 65535)
        {
            throw call.Fail("ports and seed must be from 0 to 65535");
        }

        byte number = protocol.ToUpperInvariant() switch
        {
            "ICMP" => 1,
            "TCP" => 6,
            "UDP" => 17,
            "RSVP" => 46,
            "ICMP6" => 58,
            "SCTP" => 132,
            _ => throw call.Fail($"'{protocol}' must be ICMP, TCP, UDP, RSVP, ICMP6 or SCTP"),
        };
        var (first, second) = ((Ip: from.GetAddressBytes(), Port: (ushort)sourcePort), (Ip: to.GetAddressBytes(), Port: (ushort)destinationPort));
        var order = first.Ip.AsSpan().SequenceCompareTo(second.Ip);
        if (order > 0 || (order == 0 && first.Port > second.Port))
        {
            (first, second) = (second, first);
        }

        using var bytes = new MemoryStream();
        Span<byte> pair = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(pair, (ushort)seed);
        bytes.Write(pair);
        bytes.Write(first.Ip);
        bytes.Write(second.Ip);
        bytes.WriteByte(number);
        bytes.WriteByte(0);
        BinaryPrimitives.WriteUInt16BigEndian(pair, first.Port);
        bytes.Write(pair);
        BinaryPrimitives.WriteUInt16BigEndian(pair, second.Port);
        bytes.Write(pair);
        return "1:" + Convert.ToBase64String(SHA1.HashData(bytes.ToArray()));
    }
}

/// <summary>MurmurHash3, seed 0.</summary>
internal static class Murmur3
{
    public static uint Hash32(ReadOnlySpan<byte> bytes)
    {
        const uint c1 = 0xcc9e2d51;
        const uint c2 = 0x1b873593;
        var hash = 0u;
        var length = bytes.Length;
        unchecked
        {
            for (; bytes.Length >= 4; bytes = bytes[4..])
            {
                hash ^= uint.RotateLeft(BinaryPrimitives.ReadUInt32LittleEndian(bytes) * c1, 15) * c2;
                hash = (uint.RotateLeft(hash, 13) * 5) + 0xe6546b64;
            }

            var tail = 0u;
            for (var i = bytes.Length - 1; i >= 0; i--)
            {
                tail = (tail << 8) | bytes[i];
            }

            hash ^= uint.RotateLeft(tail * c1, 15) * c2;
            hash ^= (uint)length;
            hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
            hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
            return hash ^ (hash >> 16);
        }
    }

    public static (ulong Low, ulong High) Hash128(ReadOnlySpan<byte> bytes)
    {
        const ulong c1 = 0x87c37b91114253d5;
        const ulong c2 = 0x4cf5ad432745937f;
        var (h1, h2) = (0UL, 0UL);
        var length = (ulong)bytes.Length;
        unchecked
        {
            for (; bytes.Length >= 16; bytes = bytes[16..])
            {
                h1 ^= ulong.RotateLeft(BinaryPrimitives.ReadUInt64LittleEndian(bytes) * c1, 31) * c2;
                h1 = ((ulong.RotateLeft(h1, 27) + h2) * 5) + 0x52dce729;
                h2 ^= ulong.RotateLeft(BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]) * c2, 33) * c1;
                h2 = ((ulong.RotateLeft(h2, 31) + h1) * 5) + 0x38495ab5;
            }

            Span<byte> tail = stackalloc byte[16];
            tail.Clear();
            bytes.CopyTo(tail);
            h2 ^= ulong.RotateLeft(BinaryPrimitives.ReadUInt64LittleEndian(tail[8..]) * c2, 33) * c1;
            h1 ^= ulong.RotateLeft(BinaryPrimitives.ReadUInt64LittleEndian(tail) * c1, 31) * c2;
            h1 ^= length;
            h2 ^= length;
            h1 += h2;
            h2 += h1;
            h1 = Mix(h1);
            h2 = Mix(h2);
            h1 += h2;
            h2 += h1;
            return (h1, h2);
        }
    }

    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
            value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53;
            return value ^ (value >> 33);
        }
    }
}
