using Clew.Storage.Backends.Remote;

namespace Clew.Buckets;

/// <summary>The body of an answer.</summary>
internal static class ObjectBody
{
    /// <summary>All of an object; refuses one that is larger than its caller expects.</summary>
    public static async Task<byte[]> ReadWholeAsync(string bucket, string key, Stream body, long length, int maxBytes, CancellationToken cancellationToken)
    {
        if (length > maxBytes)
        {
            throw new ObjectStoreException(ObjectStoreFault.Rejected, $"'{key}' in {bucket} has {length} bytes; at most {maxBytes} are read whole");
        }

        var bytes = new byte[length];
        await body.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }
}
