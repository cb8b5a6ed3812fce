using System.Buffers.Binary;
using Clew.Model;
using Clew.Storage.Backends;
using Clew.Storage.Wal;

namespace Clew.Storage.Deletion;

/// <summary>The object with the ids of a large deletion: 16 bytes each, then the CRC-32C of them all.</summary>
internal static class DeletionIds
{
    public static async ValueTask WriteAsync(IObjectStore objects, string key, IReadOnlyCollection<TraceId> ids, CancellationToken cancellationToken)
    {
        var bytes = new byte[(ids.Count * TraceId.Size) + sizeof(uint)];
        var at = 0;
        foreach (var id in ids)
        {
            id.WriteTo(bytes.AsSpan(at));
            at += TraceId.Size;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), Crc32C.Compute(bytes.AsSpan(0, at)));
        await objects.PutAsync(key, new MemoryStream(bytes), cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="InvalidDataException">The ids are damaged or missing: nothing is shown before somebody has looked at it.</exception>
    public static async ValueTask ReadAsync(IObjectStore objects, string key, DeletionRecord record, HashSet<TraceId> ids, CancellationToken cancellationToken)
    {
        if (record.Traces is { } inline)
        {
            foreach (var text in inline)
            {
                ids.Add(TraceId.TryParse(text, out var id) ? id : throw new InvalidDataException($"deletion {record.Id} in the manifest names '{text}', which is no trace id"));
            }

            return;
        }

        var bytes = await objects.GetAsync(key, cancellationToken).ConfigureAwait(false) ?? throw new InvalidDataException($"'{key}', the ids of deletion {record.Id}, is missing");
        var length = bytes.Length - sizeof(uint);
        if (length != record.TraceCount * TraceId.Size || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(Math.Max(0, length))) != Crc32C.Compute(bytes.AsSpan(0, Math.Max(0, length))))
        {
            throw new InvalidDataException($"'{key}', the ids of deletion {record.Id}, is damaged: {bytes.Length} bytes for {record.TraceCount} traces, or a wrong checksum");
        }

        for (var at = 0; at < length; at += TraceId.Size)
        {
            ids.Add(TraceId.FromBytes(bytes.AsSpan(at, TraceId.Size)));
        }
    }
}
