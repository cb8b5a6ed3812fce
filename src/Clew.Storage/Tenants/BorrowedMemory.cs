using System.Buffers;
using System.Runtime.InteropServices;

namespace Clew.Storage.Tenants;

/// <summary>Memory that somebody else owns, where an owner is asked for: disposing does nothing.</summary>
internal sealed class BorrowedMemory(ReadOnlyMemory<byte> bytes) : IMemoryOwner<byte>
{
    public Memory<byte> Memory => MemoryMarshal.AsMemory(bytes);

    public void Dispose()
    {
    }
}
