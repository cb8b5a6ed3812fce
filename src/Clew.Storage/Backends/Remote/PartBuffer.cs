using System.Buffers;

namespace Clew.Storage.Backends.Remote;

/// <summary>One part of an upload in pooled memory, so that a failed try can be sent again whatever the stream can do.</summary>
internal sealed class PartBuffer(int partBytes) : IDisposable
{
    /// <summary>Most files of a block are small; the buffer of a whole part is rented only when it is needed.</summary>
    private const int FirstBytes = 256 << 10;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(Math.Min(FirstBytes, partBytes));
    private int _length;

    public ReadOnlyMemory<byte> Content => _bytes.AsMemory(0, _length);

    /// <summary>Takes the next part; true when it is a full one, so that there may be more.</summary>
    public async ValueTask<bool> FillAsync(Stream content, CancellationToken cancellationToken)
    {
        _length = 0;
        while (_length < partBytes)
        {
            if (_length == _bytes.Length)
            {
                Grow();
            }

            var read = await content.ReadAsync(_bytes.AsMemory(_length, Math.Min(_bytes.Length, partBytes) - _length), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return false;
            }

            _length += read;
        }

        return true;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(_bytes.Length * 4, Math.Max(partBytes, _bytes.Length + 1)));
        _bytes.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
