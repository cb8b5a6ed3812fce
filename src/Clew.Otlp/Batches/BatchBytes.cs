using System.Buffers;

namespace Clew.Otlp.Batches;

/// <summary>
/// The bytes of a batch with a count of those who use them: they go back to their pool when the batch is disposed and everybody who holds
/// them longer has released them. Thread-safe.
/// </summary>
public sealed class BatchBytes
{
    private readonly IMemoryOwner<byte> _owner;
    private int _holders = 1;

    /// <summary>Takes ownership of the bytes; whoever makes it is the first holder.</summary>
    internal BatchBytes(IMemoryOwner<byte> owner)
    {
        _owner = owner;
        Memory = owner.Memory;
    }

    /// <summary>Valid for holders only.</summary>
    public ReadOnlyMemory<byte> Memory { get; }

    /// <summary>Once for each hold.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            _owner.Dispose();
        }
    }

    /// <summary>For whoever holds them now, on behalf of another.</summary>
    internal void Hold() => Interlocked.Increment(ref _holders);
}
