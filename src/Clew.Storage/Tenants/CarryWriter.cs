using Clew.Otlp;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;
using Clew.Storage.Columns;

namespace Clew.Storage.Tenants;

/// <summary>
/// Packs stored spans back into requests of about 1 MiB, for the log's carry frames. A span's resource and scope are written again
/// where they change.
/// </summary>
internal sealed class CarryWriter : IStoredSpanSink, IDisposable
{
    private const int RequestBytes = 1 << 20;

    private readonly Kept _resource = new();
    private readonly Kept _scope = new();
    private PooledBuffer _buffer = new(RequestBytes + (RequestBytes / 4));
    private int _resourceStart = -1;
    private int _scopeStart = -1;

    /// <summary>Finished requests; the caller takes and disposes them.</summary>
    public List<PooledBuffer> Requests { get; } = [];

    public void Add(in StoredSpan span)
    {
        var writer = new ProtoWriter(_buffer);
        var sameResource = _resourceStart >= 0 && _resource.Is(span.Resource, span.ResourceSchemaUrl);
        if (!sameResource || !_scope.Is(span.Scope, span.ScopeSchemaUrl))
        {
            EndScope();
            if (!sameResource)
            {
                EndResource();
                _resourceStart = writer.BeginMessage(OtlpFields.RequestResourceSpans);
                Begin(writer, _resource, OtlpFields.ResourceSpans.Resource, span.Resource, OtlpFields.ResourceSpans.SchemaUrl, span.ResourceSchemaUrl);
            }

            _scopeStart = writer.BeginMessage(OtlpFields.ResourceSpans.ScopeSpans);
            Begin(writer, _scope, OtlpFields.ScopeSpans.Scope, span.Scope, OtlpFields.ScopeSpans.SchemaUrl, span.ScopeSchemaUrl);
        }

        writer.BytesField(OtlpFields.ScopeSpans.Spans, span.Span);
    }

    /// <summary>Ends the current request if it has become large: called between traces, so that a trace stays in one frame where it can.</summary>
    public void EndTrace()
    {
        if (_buffer.Length >= RequestBytes)
        {
            EndRequest();
        }
    }

    public void EndRequest()
    {
        EndScope();
        EndResource();
        if (_buffer.Length > 0)
        {
            Requests.Add(_buffer);
            _buffer = new PooledBuffer(RequestBytes + (RequestBytes / 4));
        }
    }

    public void Dispose()
    {
        _buffer.Dispose();
        _resource.Dispose();
        _scope.Dispose();
        foreach (var request in Requests)
        {
            request.Dispose();
        }
    }

    private static void Begin(
        ProtoWriter writer, Kept kept, int field, ReadOnlySpan<byte> message, int schemaField, ReadOnlySpan<byte> schemaUrl)
    {
        kept.Set(message, schemaUrl);
        writer.BytesField(field, message);
        if (schemaUrl.Length > 0)
        {
            writer.BytesField(schemaField, schemaUrl);
        }
    }

    private void EndScope()
    {
        if (_scopeStart >= 0)
        {
            new ProtoWriter(_buffer).EndMessage(_scopeStart);
            _scopeStart = -1;
        }
    }

    private void EndResource()
    {
        if (_resourceStart >= 0)
        {
            new ProtoWriter(_buffer).EndMessage(_resourceStart);
            _resourceStart = -1;
        }
    }

    /// <summary>The context that the open message was begun with.</summary>
    private sealed class Kept : IDisposable
    {
        private readonly PooledBuffer _message = new();
        private readonly PooledBuffer _schemaUrl = new();

        public bool Is(ReadOnlySpan<byte> message, ReadOnlySpan<byte> schemaUrl) =>
            _message.Written.SequenceEqual(message) && _schemaUrl.Written.SequenceEqual(schemaUrl);

        public void Set(ReadOnlySpan<byte> message, ReadOnlySpan<byte> schemaUrl)
        {
            _message.Clear();
            _message.Write(message);
            _schemaUrl.Clear();
            _schemaUrl.Write(schemaUrl);
        }

        public void Dispose()
        {
            _message.Dispose();
            _schemaUrl.Dispose();
        }
    }
}
