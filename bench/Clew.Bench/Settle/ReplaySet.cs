using System.Buffers.Binary;
using Clew.Bench.DataSet;
using Clew.Otlp;
using Clew.Otlp.Wire;

namespace Clew.Bench.Settle;

/// <summary>
/// Ready requests of the data set, sent again and again as new traces: a round flips bits of every trace id, span id and parent id, and
/// moves every time by the window. Patching costs the sender some nanoseconds a span; making spans anew would cost more than the server.
/// </summary>
internal sealed class ReplaySet
{
    private readonly List<Request> _requests = [];
    private readonly long _windowNano;
    private int _round;
    private int _next;

    public ReplaySet(int spans, int spansPerRequest, DataSetOptions options)
    {
        _windowNano = options.Window.Ticks * 100 * spans / (options.TracesPerWindow * 19L);
        using var set = new TraceDataSet(options);
        using var buffer = new PooledBuffer();
        while (SpanCount < spans)
        {
            buffer.Clear();
            var count = set.WriteRequest(buffer, spansPerRequest);
            _requests.Add(new Request(buffer.Written.ToArray(), count));
            SpanCount += count;
            Bytes += buffer.Length;
        }
    }

    /// <summary>Spans of one round.</summary>
    public int SpanCount { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>The next request, patched for its round; the caller has sent it before it asks for this one again.</summary>
    public (byte[] Bytes, int Spans) Next()
    {
        lock (_requests)
        {
            if (_next == _requests.Count)
            {
                _next = 0;
                _round++;
            }

            var request = _requests[_next++];
            if (_round > 0)
            {
                request.Patch(1UL << ((_round - 1) % 60), _windowNano);
            }

            return (request.Bytes, request.Spans);
        }
    }

    private sealed class Request
    {
        private readonly int[] _traceIds;
        private readonly int[] _spanIds;
        private readonly int[] _times;

        public Request(byte[] bytes, int spans)
        {
            Bytes = bytes;
            Spans = spans;
            List<int> traceIds = [], spanIds = [], times = [];
            Walk(bytes, 0, bytes.Length, 0, (level, field, offset) =>
            {
                if (level == 3 && field == OtlpFields.Span.TraceId)
                {
                    traceIds.Add(offset);
                }
                else if (level == 3 && field is OtlpFields.Span.SpanId or OtlpFields.Span.ParentSpanId)
                {
                    spanIds.Add(offset);
                }
                else if (level == 3 && field is OtlpFields.Span.StartTime or OtlpFields.Span.EndTime)
                {
                    times.Add(offset);
                }
            });
            (_traceIds, _spanIds, _times) = ([.. traceIds], [.. spanIds], [.. times]);
        }

        public byte[] Bytes { get; }

        public int Spans { get; }

        public void Patch(ulong flip, long shiftNano)
        {
            foreach (var offset in _traceIds)
            {
                Flip(Bytes.AsSpan(offset + 8), flip);
            }

            foreach (var offset in _spanIds)
            {
                Flip(Bytes.AsSpan(offset), flip);
            }

            foreach (var offset in _times)
            {
                var time = Bytes.AsSpan(offset);
                BinaryPrimitives.WriteInt64LittleEndian(time, BinaryPrimitives.ReadInt64LittleEndian(time) + shiftNano);
            }
        }

        private static void Flip(Span<byte> word, ulong flip) =>
            BinaryPrimitives.WriteUInt64LittleEndian(word, BinaryPrimitives.ReadUInt64LittleEndian(word) ^ flip);

        /// <summary>Visits the fields of the levels request, ResourceSpans, ScopeSpans and Span.</summary>
        private static void Walk(byte[] bytes, int start, int length, int level, Action<int, int, int> visit)
        {
            var reader = new ProtoReader(bytes.AsSpan(start, length));
            while (reader.Next())
            {
                var offset = start + reader.Position;
                if (reader.Type == WireType.Length && reader.TryBytes(out var value, out var valueOffset))
                {
                    offset = start + valueOffset;
                    var isInner = (level, reader.Field) is (0, OtlpFields.RequestResourceSpans) or (1, OtlpFields.ResourceSpans.ScopeSpans) or (2, OtlpFields.ScopeSpans.Spans);
                    if (isInner)
                    {
                        Walk(bytes, offset, value.Length, level + 1, visit);
                    }
                }
                else
                {
                    reader.Skip();
                }

                visit(level, reader.Field, offset);
            }
        }
    }
}
