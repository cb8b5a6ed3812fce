using Clew.Model;
using Clew.Otlp;
using Clew.Otlp.Wire;
using Clew.Query.ById;
using Clew.Storage.Columns;

namespace Clew.Query.Skeletons;

/// <summary>Lets the spans with some ids through.</summary>
internal sealed class ChosenSpans(IReadOnlySet<ulong> ids, StoredTrace trace) : IStoredSpanSink
{
    public void Add(in StoredSpan span)
    {
        var reader = new ProtoReader(span.Span);
        while (reader.Next())
        {
            if (reader.Field != OtlpFields.Span.SpanId)
            {
                reader.Skip();
            }
            else if (reader.TryBytes(out var bytes) && bytes.Length == SpanId.Size)
            {
                if (ids.Contains(SpanId.FromBytes(bytes).Value))
                {
                    trace.Add(span);
                }

                return;
            }
        }
    }
}
