namespace Clew.Storage.Wal;

/// <summary>Where a payload landed.</summary>
internal readonly record struct WalPosition(WalSegment Segment, long PayloadOffset);

/// <summary>
/// Appends frames to the newest generation and rolls to the next one. One thread at a time. Failure policy: after a failed write or
/// sync nothing more is ever written to that file, because what reached the disk is unknown; its frames since the last good sync are
/// cut off, their senders are refused, and the next append opens a new generation.
/// </summary>
internal sealed class WalWriter(IWalFileSystem files, string folder, long segmentBytes, ulong nextGeneration) : IDisposable
{
    private readonly List<ReadOnlyMemory<byte>> _parts = [];
    private byte[] _headers = new byte[64 * WalFormat.FrameHeaderSize];
    private WalSegment? _current;
    private ulong _nextGeneration = nextGeneration;

    /// <summary>The generation that the next frame goes to, or the one after a <see cref="Roll"/>.</summary>
    public ulong CurrentGeneration => _current?.Generation ?? _nextGeneration;

    /// <summary>
    /// Writes the frames and returns when they are durable. Throws, <see cref="IOException"/> mostly, when they are not; then none of them counts.
    /// </summary>
    public void Append(IReadOnlyList<WalFrame> frames, Span<WalPosition> positions)
    {
        var total = 0L;
        foreach (var frame in frames)
        {
            total += WalFormat.FrameHeaderSize + frame.Payload.Length;
        }

        var segment = Room(total);
        var start = segment.Tail;
        try
        {
            var offset = start;
            _parts.Clear();
            if (_headers.Length < frames.Count * WalFormat.FrameHeaderSize)
            {
                _headers = new byte[frames.Count * WalFormat.FrameHeaderSize * 2];
            }

            for (var i = 0; i < frames.Count; i++)
            {
                var header = _headers.AsMemory(i * WalFormat.FrameHeaderSize, WalFormat.FrameHeaderSize);
                var frame = frames[i];
                WalFrameHeader.Write(header.Span, frame.Payload.Span, frame.Type, frame.ReceivedUnixNano, frame.CarriedThrough);
                _parts.Add(header);
                _parts.Add(frame.Payload);
                positions[i] = new WalPosition(segment, offset + WalFormat.FrameHeaderSize);
                offset += WalFormat.FrameHeaderSize + frame.Payload.Length;
            }

            segment.File.Write(start, _parts);
            segment.File.Sync();
            segment.Tail = offset;
        }
        catch
        {
            // Whatever it was: what reached the file is unknown.
            Seal(segment, start);
            throw;
        }
        finally
        {
            _parts.Clear();
        }
    }

    /// <summary>Ends the current generation; the next append opens a new one. Answers the last generation that has frames.</summary>
    public ulong Roll()
    {
        _current?.Release();
        _current = null;
        return _nextGeneration - 1;
    }

    public void Dispose() => Roll();

    /// <summary>A segment with room for the bytes: a frame larger than a whole segment gets one of its own size.</summary>
    private WalSegment Room(long bytes)
    {
        if (_current is not null && _current.Tail + bytes <= Math.Max(segmentBytes, _current.File.Length))
        {
            return _current;
        }

        Roll();
        var generation = _nextGeneration;
        var file = files.Create(PathOf(folder, generation), Math.Max(segmentBytes, WalFormat.HeaderSize + bytes));
        try
        {
            var header = new byte[WalFormat.HeaderSize];
            WalFormat.WriteHeader(header, generation);
            file.Write(0, [header]);
        }
        catch
        {
            file.Dispose();
            files.Delete(PathOf(folder, generation));
            throw;
        }

        // The header is synced with the first group: a file without a whole header holds nothing acknowledged.
        _nextGeneration++;
        return _current = new WalSegment(file, generation);
    }

    private void Seal(WalSegment segment, long goodTail)
    {
        _current = null;
        try
        {
            segment.File.Truncate(goodTail);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // The refused frames may then come back at the next start. That is allowed: their senders were told to try again, and a
            // span that is there twice is shown once.
        }

        segment.Release();
    }

    public static string PathOf(string folder, ulong generation) => Path.Combine(folder, $"{generation:d20}.wal");
}

/// <summary>A payload on its way into the log.</summary>
internal readonly record struct WalFrame(WalFrameType Type, ReadOnlyMemory<byte> Payload, long ReceivedUnixNano, ulong CarriedThrough = 0);
