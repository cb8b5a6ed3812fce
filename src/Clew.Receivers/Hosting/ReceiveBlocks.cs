using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Clew.Receivers.Hosting;

/// <summary>
/// Memory for Kestrel's connections in blocks that suit requests of hundreds of kilobytes: its own have 4 kB, so that each read of a
/// socket brings 4 kB. Connections without data hold no block: Kestrel waits for data before it rents one.
/// </summary>
internal sealed class ReceiveBlocks : IMemoryPoolFactory<byte>
{
    /// <summary>Four frames of HTTP/2.</summary>
    public const int BlockBytes = 64 << 10;

    /// <summary>Free blocks that a pool keeps; what is returned beyond it goes to the garbage collector.</summary>
    public const int MaxFree = 64;

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new BlockPool();

    private sealed class BlockPool : MemoryPool<byte>
    {
        private readonly ConcurrentQueue<Block> _free = [];
        private volatile bool _isDisposed;

        public override int MaxBufferSize => BlockBytes;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _free.TryDequeue(out var block) ? block : new Block(this);
        }

        protected override void Dispose(bool disposing)
        {
            _isDisposed = true;
            _free.Clear();
        }

        private void Return(Block block)
        {
            if (!_isDisposed && _free.Count < MaxFree)
            {
                _free.Enqueue(block);
            }
        }

        /// <summary>Pinned for good, so that a socket can read into it without moving anything.</summary>
        private sealed class Block(BlockPool pool) : IMemoryOwner<byte>
        {
            public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);

            public void Dispose() => pool.Return(this);
        }
    }
}
