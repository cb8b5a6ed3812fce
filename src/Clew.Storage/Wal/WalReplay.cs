namespace Clew.Storage.Wal;

/// <summary>How the reading of one file went.</summary>
/// <param name="Segment">The open file, owned by the caller; null when it holds nothing readable.</param>
/// <param name="Frames">Whole frames found.</param>
/// <param name="Damage">What was lost in front of whole frames, in words: bytes that were acknowledged and are not readable any more.</param>
/// <param name="TornTail">Why the reading ended before the zeros of the preallocated rest; null when it ended there.</param>
internal readonly record struct WalReplayResult(WalSegment? Segment, int Frames, IReadOnlyList<string> Damage, string? TornTail);

/// <summary>
/// Reads a generation from the start. A frame that is not whole ends the reading if nothing readable follows: then it is the torn tail of
/// a write that was never acknowledged. If whole frames follow, the bytes were damaged at rest; they are named, and reading goes on behind
/// them.
/// </summary>
internal static class WalReplay
{
    /// <summary>Calls <paramref name="onFrame"/> for each whole frame, in order.</summary>
    public static WalReplayResult Read(IWalFileSystem files, string path, Action<WalFrame, WalPosition> onFrame)
    {
        var file = files.OpenRead(path);
        var header = new byte[WalFormat.HeaderSize];
        var length = file.Length;
        if (file.Read(0, header) < header.Length || !WalFormat.TryReadHeader(header, out var generation, out var fault))
        {
            // Zeros only: the process died between creating the file and its first group.
            var empty = header.AsSpan().IndexOfAnyExcept((byte)0) < 0;
            file.Dispose();
            return new WalReplayResult(null, 0, empty ? [] : [$"log file '{path}' is left out: its header is not readable"], null);
        }

        var segment = new WalSegment(file, generation);
        var damage = new List<string>();
        var offset = (long)WalFormat.HeaderSize;
        var frames = 0;
        var payload = Array.Empty<byte>();
        while (length - offset >= WalFormat.FrameHeaderSize)
        {
            segment.Read(offset, header);
            if (header.AsSpan().IndexOfAnyExcept((byte)0) < 0)
            {
                return Ended(null);
            }

            var frame = WalFrameHeader.Read(header);
            var problem = Problem(segment, offset, length, header, frame, ref payload);
            if (problem is null)
            {
                var bytes = payload.AsMemory(0, frame.PayloadLength);
                onFrame(
                    new WalFrame(frame.Type, bytes, frame.ReceivedUnixNano, frame.CarriedThrough), new WalPosition(segment, offset + WalFormat.FrameHeaderSize));
                offset += WalFormat.FrameHeaderSize + frame.PayloadLength;
                frames++;
                continue;
            }

            var next = NextFrame(segment, offset + 1, length, ref payload);
            if (next < 0)
            {
                return Ended(problem);
            }

            damage.Add($"log file '{path}': {problem}; {next - offset} acknowledged bytes are damaged and left out, whole frames follow");
            offset = next;
        }

        return Ended(length == offset ? null : $"{length - offset} bytes at the end are no whole frame");

        WalReplayResult Ended(string? reason)
        {
            segment.Tail = offset;
            return new WalReplayResult(
                segment, frames, damage, reason is null ? null : $"log file '{path}': {reason}; the tail is torn: it was never acknowledged and is ignored");
        }
    }

    /// <summary>Reads the payload of the frame at an offset; answers what is wrong with it, or null.</summary>
    private static string? Problem(WalSegment segment, long offset, long length, ReadOnlySpan<byte> header, WalFrameHeader frame, ref byte[] payload)
    {
        var room = length - offset - WalFormat.FrameHeaderSize;
        if (frame.PayloadLength <= 0 || frame.PayloadLength > room)
        {
            return $"frame at byte {offset} claims {frame.PayloadLength} bytes, the file has {room} left";
        }

        if (payload.Length < frame.PayloadLength)
        {
            payload = new byte[Math.Max(frame.PayloadLength, payload.Length * 2)];
        }

        var bytes = payload.AsSpan(0, frame.PayloadLength);
        segment.Read(offset + WalFormat.FrameHeaderSize, bytes);
        return Crc32C.Compute(header[8..], bytes) == frame.Checksum ? null : $"frame at byte {offset} has a wrong checksum";
    }

    /// <summary>
    /// The offset of the next whole frame at or after an offset, or -1. Only for damaged files: looks for what a header must have (a type, and
    /// the seven zeros behind it) and checks the sum of what looks right.
    /// </summary>
    private static long NextFrame(WalSegment segment, long from, long length, ref byte[] payload)
    {
        var rest = new byte[length - from];
        segment.Read(from, rest);
        for (var i = 0; i + WalFormat.FrameHeaderSize <= rest.Length; i++)
        {
            var header = rest.AsSpan(i, WalFormat.FrameHeaderSize);
            var looksRight = header[8] is >= (byte)WalFrameType.Batch and <= (byte)WalFrameType.Decisions && header.Slice(9, 7).IndexOfAnyExcept((byte)0) < 0;
            if (looksRight && Problem(segment, from + i, length, header, WalFrameHeader.Read(header), ref payload) is null)
            {
                return from + i;
            }
        }

        return -1;
    }
}
