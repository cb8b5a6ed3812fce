namespace Clew.Storage.Backends.Remote;

/// <summary>
/// The requests that an object service understands, one call each: no retry, no prefix, no cache. Implementations translate every
/// failure into an <see cref="ObjectStoreException"/>; a missing object is a value. <see cref="RemoteObjectStore"/> makes a store of it.
/// </summary>
public interface IObjectClient : IDisposable
{
    /// <summary>For errors: <c>s3 bucket 'traces' at http://host:9000</c>.</summary>
    string Name { get; }

    Task PutAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>False when the service says that an object has the key.</summary>
    Task<bool> PutIfAbsentAsync(string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Bytes from an offset; how many there were, or -1 when the object is missing.</summary>
    Task<int> ReadRangeAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>The whole object, or null. An object above <paramref name="maxBytes"/> is an error.</summary>
    Task<byte[]?> GetAsync(string key, int maxBytes, CancellationToken cancellationToken);

    Task<long?> SizeAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// One page of keys in ordinal order. With a delimiter, keys that go on behind it come as one prefix each.
    /// </summary>
    Task<ListPage> ListAsync(string prefix, char? delimiter, string? continuation, CancellationToken cancellationToken);

    Task DeleteAsync(string key, CancellationToken cancellationToken);

    /// <summary>Begins an object that is sent in parts; answers what the parts refer to.</summary>
    Task<string> BeginUploadAsync(string key, CancellationToken cancellationToken);

    /// <summary>Sends a part, numbered from 1; answers its tag.</summary>
    Task<string> UploadPartAsync(string key, string upload, int number, ReadOnlyMemory<byte> content, CancellationToken cancellationToken);

    /// <summary>Makes the parts one object.</summary>
    Task CompleteUploadAsync(string key, string upload, IReadOnlyList<string> tags, CancellationToken cancellationToken);

    Task AbortUploadAsync(string key, string upload, CancellationToken cancellationToken);
}

/// <summary>Keys and common prefixes of one answer; <paramref name="Continuation"/> asks for the next, null at the end.</summary>
public readonly record struct ListPage(IReadOnlyList<string> Keys, IReadOnlyList<string> Prefixes, string? Continuation);

/// <summary>What kind of failure a request met, which decides what is done about it.</summary>
public enum ObjectStoreFault
{
    /// <summary>No answer, a broken one, or an error of the service: another try may go better.</summary>
    Unreachable,

    /// <summary>The service asks to slow down.</summary>
    Throttled,

    /// <summary>The credentials are not accepted, or do not permit this.</summary>
    Denied,

    /// <summary>There is no such bucket or container.</summary>
    NoBucket,

    /// <summary>The service does not accept the request as it is; it will not accept it later either.</summary>
    Rejected,
}

/// <summary>A request to an object service that failed; the message is a sentence for the operator.</summary>
public sealed class ObjectStoreException(ObjectStoreFault fault, string message, Exception? inner = null) : IOException(message, inner)
{
    public ObjectStoreFault Fault { get; } = fault;

    public bool IsTransient => Fault is ObjectStoreFault.Unreachable or ObjectStoreFault.Throttled;
}
