using System.Buffers;

namespace Clew.Receivers.Listeners;

/// <summary>What the first bytes of a connection say about the client.</summary>
internal enum SpokenProtocol
{
    /// <summary>Not enough bytes yet.</summary>
    Undecided,
    Http1,

    /// <summary>Cleartext HTTP/2 with prior knowledge.</summary>
    Http2,

    /// <summary>A TLS handshake.</summary>
    Tls,
}

/// <summary>
/// Tells protocols apart by what a client must send first: HTTP/2 its preface (RFC 9113, 3.4), TLS a handshake record (type 22, major
/// version 3), HTTP/1 anything else.
/// </summary>
internal static class FirstBytes
{
    // The whole preface is 24 bytes; no HTTP/1 request line starts with these 14.
    private static ReadOnlySpan<byte> Http2Preface => "PRI * HTTP/2.0"u8;

    public static SpokenProtocol Recognise(in ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return SpokenProtocol.Undecided;
        }

        Span<byte> copy = stackalloc byte[Http2Preface.Length];
        var length = (int)Math.Min(bytes.Length, copy.Length);
        bytes.Slice(0, length).CopyTo(copy);
        var first = copy[..length];
        if (first[0] == 0x16)
        {
            return first.Length == 1 ? SpokenProtocol.Undecided : first[1] == 0x03 ? SpokenProtocol.Tls : SpokenProtocol.Http1;
        }

        if (!Http2Preface.StartsWith(first))
        {
            return SpokenProtocol.Http1;
        }

        return first.Length == Http2Preface.Length ? SpokenProtocol.Http2 : SpokenProtocol.Undecided;
    }
}
