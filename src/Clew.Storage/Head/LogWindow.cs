using Clew.Storage.Wal;

namespace Clew.Storage.Head;

/// <summary>
/// Reads spans from the log through a window: the spans of a trace, and of traces of the same time, mostly came in the same requests, so one
/// read serves many spans. For one thread.
/// </summary>
/// <param name="bytes">Size of the window. A cut reads one span in twenty, far apart: it takes <see cref="FewSpans"/>.</param>
internal sealed class LogWindow(int bytes = 64 << 10)
{
    /// <summary>A window for single spans.</summary>
    public const int FewSpans = 2 << 10;

    private byte[] _bytes = new byte[bytes];
    private WalSegment? _file;
    private long _start;
    private int _length;

    /// <summary>Scratch space of the reader that uses this window.</summary>
    public List<int> Rows { get; } = [];

    /// <summary>The bytes stay valid until the next read.</summary>
    public ReadOnlySpan<byte> Read(WalSegment file, long offset, int length)
    {
        if (!ReferenceEquals(file, _file) || offset < _start || offset + length > _start + _length)
        {
            if (_bytes.Length < length)
            {
                _bytes = new byte[length * 2];
            }

            _file = file;
            _start = offset;
            _length = file.File.Read(offset, _bytes);
            if (_length < length)
            {
                throw new IOException($"log file '{file.Path}' ends at byte {offset + _length}, {length - _length} bytes short");
            }
        }

        return _bytes.AsSpan((int)(offset - _start), length);
    }
}
