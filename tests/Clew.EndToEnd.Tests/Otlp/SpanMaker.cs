using System.Globalization;

namespace Clew.EndToEnd.Tests.Otlp;

/// <summary>
/// Makes traces from a seed: the same seed gives the same ids, names and shapes. With a label every span has it as the attribute <c>load</c>.
/// </summary>
internal sealed class SpanMaker(int seed, string service, string? label = null)
{
    private static readonly string[] Operations = ["GET /cart", "POST /orders", "charge", "SELECT orders", "publish", "주문 처리"];

    // Recent, so that no rule about old or future spans applies, and long enough ago that the minutes around it are over; one moment for the whole run.
    public static ulong Base { get; } = (ulong)(DateTimeOffset.UtcNow.AddMinutes(-5) - DateTimeOffset.UnixEpoch).Ticks * 100;

    private readonly Random _random = new(seed);
    private ulong _made;

    public string Service => service;

    /// <summary>A root and its children, each child below an earlier span.</summary>
    public TestSpan[] Trace(int spanCount)
    {
        var traceId = NextId(16);
        var spans = new TestSpan[spanCount];
        var start = Base + _made++ * 1_000_000;
        for (var i = 0; i < spanCount; i++)
        {
            spans[i] = new TestSpan
            {
                TraceId = traceId,
                SpanId = NextId(8),
                ParentSpanId = i == 0 ? [] : spans[_random.Next(i)].SpanId,
                Name = Operations[_random.Next(Operations.Length)],
                Kind = i == 0 ? 2 : 1 + _random.Next(5),
                StartUnixNano = start + (ulong)i * 1_000,
                EndUnixNano = start + (ulong)i * 1_000 + (ulong)_random.Next(1_000, 50_000_000),
                StatusCode = _random.Next(10) == 0 ? 2 : 0,
                Attributes =
                [
                    ("order.id", _random.Next(1_000_000).ToString(CultureInfo.InvariantCulture)),
                    ("order.lines", (long)_random.Next(20)),
                    ("order.gift", _random.Next(2) == 0),
                    .. label is null ? Array.Empty<(string, object)>() : [("load", label)],
                ],
            };
        }

        return spans;
    }

    public TestSpan Span() => Trace(1)[0];

    public byte[] Request(params IEnumerable<TestSpan> spans) => ExportRequest.Of(service, spans);

    // Never all zero: that is an invalid id.
    private byte[] NextId(int length)
    {
        var id = new byte[length];
        _random.NextBytes(id);
        id[0] |= 0x10;
        return id;
    }
}
