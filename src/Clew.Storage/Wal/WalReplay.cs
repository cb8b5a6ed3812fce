namespace Clew.Storage.Wal;

/// <summary>How the reading of one file ended.</summary>
internal readonly record struct WalReplayResult(WalSegment? Segment, int Frames, string? Fault);

/// <summary>
/// Reads a generation from the start and stops cleanly at the first frame that is not whole: a torn tail was never acknowledged.
/// </summary>
internal static class WalReplay
{
    /// <summary>
    /// Calls <paramref name="onFrame"/> for each whole frame, in order. <see cref="WalReplayResult.Fault"/> says why the reading ended
    /// before the zeros of the preallocated rest; null when it ended there or at the end of the file.
    /// </summary>
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
            return new WalReplayResult(null, 0, empty ? null : $"log file '{path}' is set aside: its header is not readable");
        }

        var segment = new WalSegment(file, generation);
        var offset = (long)WalFormat.HeaderSize;
        var frames = 0;
        var payload = Array.Empty<byte>();
        while (length - offset >= WalFormat.FrameHeaderSize)
        {
            segment.Read(offset, header);
            var frame = WalFrameHeader.Read(header);
            if (frame.PayloadLength == 0 && header.AsSpan().IndexOfAnyExcept((byte)0) < 0)
            {
                return Ended(null);
            }

            if (frame.PayloadLength <= 0 || frame.PayloadLength > length - offset - WalFormat.FrameHeaderSize)
            {
                return Ended($"frame at byte {offset} claims {frame.PayloadLength} bytes, the file has {length - offset - WalFormat.FrameHeaderSize} left");
            }

            if (payload.Length < frame.PayloadLength)
            {
                payload = new byte[Math.Max(frame.PayloadLength, payload.Length * 2)];
            }

            var bytes = payload.AsMemory(0, frame.PayloadLength);
            segment.Read(offset + WalFormat.FrameHeaderSize, bytes.Span);
            if (Crc32C.Compute(header.AsSpan(8), bytes.Span) != frame.Checksum)
            {
                return Ended($"frame at byte {offset} has a wrong checksum");
            }

            onFrame(new WalFrame(frame.Type, bytes, frame.ReceivedUnixNano, frame.CarriedThrough), new WalPosition(segment, offset + WalFormat.FrameHeaderSize));
            offset += WalFormat.FrameHeaderSize + frame.PayloadLength;
            frames++;
        }

        return Ended(length == offset ? null : $"{length - offset} bytes at the end are no whole frame");

        WalReplayResult Ended(string? reason)
        {
            segment.Tail = offset;
            return new WalReplayResult(segment, frames, reason is null ? null : $"log file '{path}': {reason}; the tail is torn: it was never acknowledged and is ignored");
        }
    }
}
