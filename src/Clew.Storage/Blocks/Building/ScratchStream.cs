using Clew.Storage.Wal;

namespace Clew.Storage.Blocks.Building;

/// <summary>
/// Where a file of a block waits until the block is complete: written once from front to back, then read once. In memory in pieces of
/// 256 KiB, or in a file that the operating system removes when it is closed. Keeps the CRC-32C of what was written.
/// </summary>
internal sealed class ScratchStream : Stream
{
    private const int PieceBytes = 256 << 10;

    private readonly FileStream? _file;
    private readonly List<byte[]> _pieces = [];
    private uint _crc = ~0u;
    private long _length;
    private long _position;
    private bool _isReading;

    public ScratchStream(string? folder)
    {
        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
            var path = Path.Combine(folder, $"block-{Guid.NewGuid():n}.tmp");
            _file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        }
    }

    /// <summary>CRC-32C of everything written.</summary>
    public uint Checksum => ~_crc;

    /// <summary>Memory held.</summary>
    public long AllocatedBytes => (long)_pieces.Count * PieceBytes;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => !_isReading;

    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException("a scratch stream is read from front to back");
    }

    /// <summary>Ends writing; reading begins at the front. May be called again to read again.</summary>
    public void Rewind()
    {
        _isReading = true;
        _position = 0;
        if (_file is not null)
        {
            _file.Flush();
            _file.Position = 0;
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_isReading)
        {
            throw new InvalidOperationException("the stream is being read");
        }

        _crc = Crc32C.Append(_crc, buffer);
        if (_file is not null)
        {
            _file.Write(buffer);
            _length += buffer.Length;
            return;
        }

        while (buffer.Length > 0)
        {
            var used = (int)(_length % PieceBytes);
            if (used == 0)
            {
                _pieces.Add(new byte[PieceBytes]);
            }

            var part = buffer[..Math.Min(buffer.Length, PieceBytes - used)];
            part.CopyTo(_pieces[^1].AsSpan(used));
            _length += part.Length;
            buffer = buffer[part.Length..];
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var count = (int)Math.Min(buffer.Length, _length - _position);
        if (count == 0)
        {
            return 0;
        }

        if (_file is not null)
        {
            count = _file.Read(buffer[..count]);
        }
        else
        {
            var start = (int)(_position % PieceBytes);
            count = Math.Min(count, PieceBytes - start);
            _pieces[(int)(_position / PieceBytes)].AsSpan(start, count).CopyTo(buffer);
        }

        _position += count;
        return count;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("a scratch stream is read from front to back");

    public override void SetLength(long value) => throw new NotSupportedException("a scratch stream grows by writing");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file?.Dispose();
            _pieces.Clear();
        }

        base.Dispose(disposing);
    }
}
