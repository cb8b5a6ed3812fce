using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Storage.Columns;

namespace Clew.Server.Commands;

/// <summary>Gathers stored spans as one TracesData message; neighbours with the same resource and scope share them.</summary>
internal sealed class TraceMessage : IStoredSpanSink, IDisposable
{
    private readonly PooledBuffer _message = new();
    private byte[] _resource = [];
    private byte[] _resourceUrl = [];
    private byte[] _scope = [];
    private byte[] _scopeUrl = [];
    private int _resourceStart = -1;
    private int _scopeStart = -1;

    public int Spans { get; private set; }

    public void Add(in StoredSpan span)
    {
        var writer = new ProtoWriter(_message);
        if (_resourceStart < 0 || !span.Resource.SequenceEqual(_resource) || !span.ResourceSchemaUrl.SequenceEqual(_resourceUrl))
        {
            EndResource(writer);
            (_resource, _resourceUrl) = (span.Resource.ToArray(), span.ResourceSchemaUrl.ToArray());
            _resourceStart = writer.BeginMessage(OtlpFields.RequestResourceSpans);
            writer.BytesField(OtlpFields.ResourceSpans.Resource, _resource);
        }

        if (_scopeStart < 0 || !span.Scope.SequenceEqual(_scope) || !span.ScopeSchemaUrl.SequenceEqual(_scopeUrl))
        {
            EndScope(writer);
            (_scope, _scopeUrl) = (span.Scope.ToArray(), span.ScopeSchemaUrl.ToArray());
            _scopeStart = writer.BeginMessage(OtlpFields.ResourceSpans.ScopeSpans);
            writer.BytesField(OtlpFields.ScopeSpans.Scope, _scope);
        }

        writer.BytesField(OtlpFields.ScopeSpans.Spans, span.Span);
        Spans++;
    }

    /// <summary>The message; nothing may be added any more.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        EndResource(new ProtoWriter(_message));
        return _message.Written;
    }

    public void Dispose() => _message.Dispose();

    private void EndScope(ProtoWriter writer)
    {
        if (_scopeStart >= 0)
        {
            if (_scopeUrl.Length > 0)
            {
                writer.BytesField(OtlpFields.ScopeSpans.SchemaUrl, _scopeUrl);
            }

            writer.EndMessage(_scopeStart);
            _scopeStart = -1;
        }
    }

    private void EndResource(ProtoWriter writer)
    {
        EndScope(writer);
        if (_resourceStart >= 0)
        {
            if (_resourceUrl.Length > 0)
            {
                writer.BytesField(OtlpFields.ResourceSpans.SchemaUrl, _resourceUrl);
            }

            writer.EndMessage(_resourceStart);
            _resourceStart = -1;
        }
    }
}
