using Clew.Otlp.Wire;

namespace Clew.Otlp.Batches;

/// <summary>What an edit decided about a span.</summary>
public enum SpanEdit
{
    /// <summary>The span stays as it is.</summary>
    Keep,

    /// <summary>The span leaves the batch.</summary>
    Drop,

    /// <summary>The bytes that the edit wrote take the span's place.</summary>
    Replace,
}

/// <summary>Looks at one span and may write a new Span message to <paramref name="replacement"/>, which is empty at each call.</summary>
public delegate SpanEdit SpanEditor(in SpanEntry span, ReadOnlySpan<byte> bytes, PooledBuffer replacement);

/// <summary>Edits a batch span by span. Only replaced spans are written anew; a batch that does not change is not copied.</summary>
public static class BatchEditor
{
    /// <summary>
    /// The edited batch, owned by the caller; null when nothing changed and the original stands. A batch of which nothing is left is an
    /// empty one.
    /// </summary>
    public static TraceBatch? Apply(TraceBatch batch, SpanEditor editor)
    {
        var keep = new bool[batch.SpanCount];
        byte[]?[]? replaced = null;
        var changed = false;
        using var scratch = new PooledBuffer();
        for (var i = 0; i < keep.Length; i++)
        {
            ref readonly var span = ref batch.Spans[i];
            scratch.Clear();
            var edit = editor(span, batch.SpanBytes(span), scratch);
            keep[i] = edit != SpanEdit.Drop;
            changed |= edit != SpanEdit.Keep;
            if (edit == SpanEdit.Replace)
            {
                (replaced ??= new byte[]?[keep.Length])[i] = scratch.Written.ToArray();
            }
        }

        if (!changed)
        {
            return null;
        }

        var buffer = BatchRewriter.Write(batch.Bytes.Span, batch.Spans, batch.Resources, batch.Scopes, keep, repair: false, out _, replaced);
        return OtlpScanner.Scan(buffer, batch.Context, OtlpLimits.AlreadyChecked).Batch!;
    }
}
