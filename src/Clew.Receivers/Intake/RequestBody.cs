using System.Buffers;
using System.Runtime.InteropServices;
using Clew.Otlp.Wire;
using Clew.Receivers.Rpc;
using Clew.Receivers.Telemetry;
using Microsoft.AspNetCore.Http;

namespace Clew.Receivers.Intake;

/// <summary>Reads and unpacks the body of an HTTP request within its limits.</summary>
internal static class RequestBody
{
    // A Content-Length is a claim: this much is reserved at once, the rest as it arrives.
    private const int MaxFirstReservation = 1 << 20;

    /// <summary>The body as sent, or a refusal. The buffer is the caller's.</summary>
    public static async ValueTask<(PooledBuffer? Body, BodyFault Fault)> ReadAsync(
        HttpRequest request, int maxBytes, ReceiveBudget.ReceiveLease lease, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
        {
            return (null, BodyFault.TooLarge(request.ContentLength.Value, maxBytes));
        }

        var body = new PooledBuffer((int)Math.Min(request.ContentLength ?? 0, MaxFirstReservation));
        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(cancellationToken);
                var fault = Append(body, read.Buffer, maxBytes, lease);
                request.BodyReader.AdvanceTo(read.Buffer.End);
                if (fault.Exists || read.IsCompleted)
                {
                    var result = fault.Exists ? null : body;
                    body = fault.Exists ? body : null;
                    return (result, fault);
                }
            }
        }
        finally
        {
            body?.Dispose();
        }
    }

    /// <summary>Unpacks a body; disposes it unless it is handed back as it is.</summary>
    public static (PooledBuffer? Body, BodyFault Fault) Unpack(PooledBuffer body, string encoding, int maxBytes, ReceiveBudget.ReceiveLease lease)
    {
        if (encoding is "" or "identity")
        {
            return (body, default);
        }

        using (body)
        {
            if (!Decompression.IsKnown(encoding))
            {
                return (null, new BodyFault(
                    RequestFault.UnknownEncoding, Refusal.Malformed($"Content-Encoding '{encoding}' is not known; use {Decompression.Names} or none")));
            }

            if (body.Length == 0)
            {
                return (new PooledBuffer(), default);
            }

            var unpacked = new PooledBuffer(Math.Min(4 * Math.Min(body.Length, MaxFirstReservation), maxBytes));
            BodyFault fault;
            try
            {
                fault = Decompression.IsSnappyBlock(encoding, body.Written)
                    ? UnpackSnappyBlock(body, unpacked, maxBytes, lease)
                    : UnpackStream(body, unpacked, encoding, maxBytes, lease);
            }
            catch (Exception e) when (Decompression.IsBadData(e))
            {
                fault = new BodyFault(RequestFault.Malformed, Refusal.Malformed($"body is not valid {encoding}: {e.Message}"));
            }

            if (fault.Exists)
            {
                unpacked.Dispose();
                return (null, fault);
            }

            return (unpacked, fault);
        }
    }

    private static BodyFault Append(PooledBuffer body, in ReadOnlySequence<byte> bytes, int maxBytes, ReceiveBudget.ReceiveLease lease)
    {
        if (bytes.Length > maxBytes - body.Length)
        {
            return BodyFault.TooLarge(body.Length + bytes.Length, maxBytes);
        }

        if (!lease.TryGrow(bytes.Length))
        {
            return BodyFault.OverBudget();
        }

        foreach (var segment in bytes)
        {
            body.Write(segment.Span);
        }

        return default;
    }

    private static BodyFault UnpackStream(PooledBuffer body, PooledBuffer unpacked, string encoding, int maxBytes, ReceiveBudget.ReceiveLease lease)
    {
        MemoryMarshal.TryGetArray(body.WrittenMemory, out var packed);
        using var source = new MemoryStream(packed.Array!, packed.Offset, packed.Count, writable: false);
        using var stream = Decompression.Open(encoding, source, body.Written);
        return Fill(unpacked, stream, maxBytes, lease);
    }

    private static BodyFault UnpackSnappyBlock(PooledBuffer body, PooledBuffer unpacked, int maxBytes, ReceiveBudget.ReceiveLease lease)
    {
        var size = Decompression.SnappyBlockSize(body.Written);
        if (size > maxBytes)
        {
            return BodyFault.TooLarge(size, maxBytes, "after decompression ");
        }

        if (!lease.TryGrow(size))
        {
            return BodyFault.OverBudget();
        }

        Decompression.UnpackSnappyBlock(body.Written, unpacked);
        return default;
    }

    private static BodyFault Fill(PooledBuffer unpacked, Stream stream, int maxBytes, ReceiveBudget.ReceiveLease lease)
    {
        const int chunk = 32 << 10;
        while (true)
        {
            // One byte past the limit tells a body of exactly the limit from a larger one.
            var room = unpacked.GetSpan(chunk);
            var count = stream.Read(room[..(int)Math.Min(room.Length, (long)maxBytes - unpacked.Length + 1)]);
            if (count == 0)
            {
                return default;
            }

            unpacked.Advance(count);
            if (unpacked.Length > maxBytes)
            {
                return BodyFault.TooLarge(unpacked.Length, maxBytes, "after decompression ");
            }

            if (!lease.TryGrow(count))
            {
                return BodyFault.OverBudget();
            }
        }
    }
}

/// <summary>Why a body could not be taken; the default value is "it could".</summary>
internal readonly record struct BodyFault(RequestFault Fault, Refusal Refusal)
{
    public bool Exists => Refusal.Http != 0;

    public static BodyFault TooLarge(long bytes, int limit, string when = "") =>
        new(RequestFault.TooLarge, Refusal.TooLarge($"request of {bytes} bytes or more is {when}larger than the limit of {limit} bytes; send smaller batches"));

    public static BodyFault OverBudget() => new(
        RequestFault.OverMemoryBudget,
        new Refusal(GrpcCode.Unavailable, 503, "too many bytes of requests are being received; try again", TimeSpan.FromSeconds(1)));
}
