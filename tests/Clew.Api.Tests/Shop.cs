using Clew.Model;
using Clew.Query.Tests.Support;

namespace Clew.Api.Tests;

/// <summary>A few traces with everything that answers show: a request through two services, one without its root, one that failed.</summary>
internal static class Shop
{
    public const long Second = 1_000_000_000;

    public static readonly TestSpan[] Spans =
    [
        new()
        {
            TraceId = new TraceId(0, 0xabc), Id = new SpanId(1), Name = "GET /", Kind = SpanKind.Server, Duration = 250_000_000,
            Attributes = [("http.status_code", 200L), ("http.method", "GET"), ("a/b", "x"), ("weird key", true)],
            Resource = [("service.name", "web"), ("pod", "web-1")],
        },
        new()
        {
            TraceId = new TraceId(0, 0xabc), Id = new SpanId(2), ParentId = new SpanId(1), Name = "query", Kind = SpanKind.Client,
            Start = TestSpan.Epoch + 10_000_000, Duration = 40_000_000,
            Attributes = [("db.system", "postgresql"), ("rows", 3L), ("ratio", 0.5)],
            Resource = [("service.name", "db")],
            Scope = new TestScope("driver", "1.2"),
        },
        new()
        {
            TraceId = new TraceId(0x1234567890abcdef, 2), Id = new SpanId(3), Name = "POST /pay", Kind = SpanKind.Server, Status = SpanStatus.Error, StatusMessage = "declined",
            Start = TestSpan.Epoch + (5 * Second), Duration = 900_000,
            Attributes = [("http.status_code", 500L), ("http.method", "POST"), ("list", new object?[] { "p", "q" })],
            Resource = [("service.name", "web")],
            Events = [new TestEvent("exception", 1000) { Attributes = [("exception.type", "Declined"), ("exception.message", "no money")] }],
            Links = [new TestLink(new TraceId(0, 0xabc), new SpanId(1)) { Attributes = [("why", "retry")] }],
        },
        new()
        {
            TraceId = new TraceId(0, 0xdef), Id = new SpanId(4), ParentId = new SpanId(99), Name = "orphan",
            Start = TestSpan.Epoch + (9 * Second), Resource = [],
            Attributes = [("http.status_code", "200")],
        },
    ];
}
