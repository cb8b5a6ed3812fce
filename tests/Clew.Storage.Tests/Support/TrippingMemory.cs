using System.Buffers;

namespace Clew.Storage.Tests.Support;

/// <summary>Bytes that can be read until <paramref name="trips"/> says otherwise: a fault in the middle of whatever reads them.</summary>
internal sealed class TrippingMemory(byte[] bytes, Func<bool> trips) : MemoryManager<byte>
{
    public override Span<byte> GetSpan() => trips() ? throw new InvalidOperationException("nobody foresaw this") : bytes;

    public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}
