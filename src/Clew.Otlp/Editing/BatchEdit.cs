using System.Text;
using Clew.Otlp.Batches;
using Clew.Otlp.Wire;

namespace Clew.Otlp.Editing;

/// <summary>
/// Edits a batch: spans one after the other, resources and scopes once for all their spans. Only what was changed gets new bytes; a
/// batch in which nothing was changed is not copied. Used by one thread and not longer than the batch lives.
/// </summary>
public sealed class BatchEdit : IDisposable
{
    private readonly ResourceRecord?[] _resources;
    private readonly ScopeRecord?[] _scopes;
    private readonly SpanRecord _span = new();
    private readonly bool[] _dropped;
    private readonly PooledBuffer _written = new();
    private (int Offset, int Length)[]? _replaced;
    private bool _changed;

    public BatchEdit(TraceBatch batch)
    {
        Batch = batch;
        _resources = new ResourceRecord?[batch.Resources.Length];
        _scopes = new ScopeRecord?[batch.Scopes.Length];
        _dropped = new bool[batch.SpanCount];
    }

    public TraceBatch Batch { get; }

    public ResourceRecord Resource(int index)
    {
        if (_resources[index] is not { } record)
        {
            var entry = Batch.Resources[index];
            _resources[index] = record = new ResourceRecord(Batch.Bytes.Slice(entry.Offset, entry.Length), Encoding.UTF8.GetString(Batch.SchemaUrl(entry)));
        }

        return record;
    }

    public ScopeRecord Scope(int index)
    {
        if (_scopes[index] is not { } record)
        {
            var entry = Batch.Scopes[index];
            _scopes[index] = record = new ScopeRecord(Batch.Bytes.Slice(entry.Offset, entry.Length), Encoding.UTF8.GetString(Batch.SchemaUrl(entry)));
        }

        return record;
    }

    /// <summary>The span at an index, as earlier edits left it; valid until the next call. Changes count once they are kept.</summary>
    public SpanRecord Open(int index)
    {
        var entry = Batch.Spans[index];
        _span.Load(_replaced?[index] is { Length: > 0 } edited
            ? _written.WrittenMemory.Slice(edited.Offset, edited.Length).ToArray()
            : Batch.Bytes.Slice(entry.Offset, entry.Length));
        return _span;
    }

    /// <summary>Takes over what was changed in the span that was opened last.</summary>
    public void Keep(int index)
    {
        if (!_span.IsChanged)
        {
            return;
        }

        var start = _written.Length;
        _span.Write(_written);
        (_replaced ??= new (int, int)[Batch.SpanCount])[index] = (start, _written.Length - start);
        _changed = true;
    }

    public void Drop(int index)
    {
        _dropped[index] = true;
        _changed = true;
    }

    public bool IsDropped(int index) => _dropped[index];

    /// <summary>The encoded span at an index, as edits left it.</summary>
    public ReadOnlySpan<byte> SpanBytes(int index) => _replaced?[index] is { Length: > 0 } edited
        ? _written.Written.Slice(edited.Offset, edited.Length)
        : Batch.SpanBytes(Batch.Spans[index]);

    /// <summary>
    /// The edited batch, owned by the caller; null when nothing was changed and the original stands. A batch of which nothing is left is
    /// an empty one.
    /// </summary>
    public TraceBatch? Build()
    {
        if (!_changed && !Array.Exists(_resources, static record => record is { IsChanged: true }) && !Array.Exists(_scopes, static record => record is { IsChanged: true }))
        {
            return null;
        }

        var buffer = new PooledBuffer(Batch.Bytes.Length + _written.Length + 256);
        var writer = new ProtoWriter(buffer);
        var (resource, scope, resourceStart, scopeStart) = (-1, -1, -1, -1);
        for (var i = 0; i < Batch.SpanCount; i++)
        {
            if (_dropped[i])
            {
                continue;
            }

            var span = Batch.Spans[i];
            if (scope != span.Scope)
            {
                Close(writer, ref scopeStart);
                if (resource != span.Resource)
                {
                    Close(writer, ref resourceStart);
                    resource = span.Resource;
                    resourceStart = writer.BeginMessage(OtlpFields.RequestResourceSpans);
                    WriteContext(writer, buffer, _resources[resource], Batch.Resources[resource], _resources[resource]?.SchemaUrl, OtlpFields.ResourceSpans.Resource, OtlpFields.ResourceSpans.SchemaUrl);
                }

                scope = span.Scope;
                scopeStart = writer.BeginMessage(OtlpFields.ResourceSpans.ScopeSpans);
                WriteContext(writer, buffer, _scopes[scope], Batch.Scopes[scope], _scopes[scope]?.SchemaUrl, OtlpFields.ScopeSpans.Scope, OtlpFields.ScopeSpans.SchemaUrl);
            }

            writer.BytesField(OtlpFields.ScopeSpans.Spans, SpanBytes(i));
        }

        Close(writer, ref scopeStart);
        Close(writer, ref resourceStart);
        return OtlpScanner.Scan(buffer, Batch.Context, OtlpLimits.AlreadyChecked).Batch!;
    }

    public void Dispose() => _written.Dispose();

    private static void Close(ProtoWriter writer, ref int start)
    {
        if (start >= 0)
        {
            writer.EndMessage(start);
            start = -1;
        }
    }

    private void WriteContext(
        ProtoWriter writer, PooledBuffer buffer, EditedRecord? record, ContextEntry entry, string? schemaUrl, int field, int schemaField)
    {
        if (record is not { IsChanged: true })
        {
            writer.BytesField(field, Batch.ContextBytes(entry));
            if (entry.SchemaUrlLength > 0)
            {
                writer.BytesField(schemaField, Batch.SchemaUrl(entry));
            }

            return;
        }

        var start = writer.BeginShortMessage(field);
        record.Write(buffer);
        writer.EndShortMessage(start);
        if (!string.IsNullOrEmpty(schemaUrl))
        {
            writer.StringField(schemaField, schemaUrl);
        }
    }
}
