using System.Diagnostics;

namespace Clew.TestClient;

/// <summary>The work that is traced: a checkout whose payment fails, and a shipment linked to it.</summary>
internal static class Shop
{
    public static readonly ActivitySource Source = new("shop", "1.2.3");

    /// <summary>A span of every kind but consumer, with tags of every type that the exporter knows. Returns the producer's context.</summary>
    public static ActivityContext CheckOut()
    {
        using var root = Start("GET /checkout", ActivityKind.Server);
        root.SetTag("http.request.method", "GET").SetTag("http.response.status_code", 500);

        using (var pay = Start("POST /pay", ActivityKind.Client))
        {
            pay.AddEvent(new ActivityEvent("retry", tags: new() { ["attempt"] = 2, ["wait.seconds"] = 0.25, ["final"] = true }));
            try
            {
                throw new InvalidOperationException("card refused: 잔액 부족");
            }
            catch (InvalidOperationException refused)
            {
                pay.AddException(refused);
                pay.SetStatus(ActivityStatusCode.Error, "card refused");
            }
        }

        using (var reserve = Start("reserve-stock", ActivityKind.Internal))
        {
            reserve
                .SetTag("text", "plain")
                .SetTag("text.empty", "")
                .SetTag("text.korean", "주문 처리")
                .SetTag("text.long", new string('x', 5_000))
                .SetTag("int.small", 7)
                .SetTag("int.negative", -42L)
                .SetTag("int.largest", long.MaxValue)
                .SetTag("int.smallest", long.MinValue)
                .SetTag("double.half", 0.5)
                .SetTag("double.whole", 3.0)
                .SetTag("double.tiny", 1e-300)
                .SetTag("bool.yes", true)
                .SetTag("bool.no", false)
                .SetTag("array.text", new[] { "a", "", "나" })
                .SetTag("array.int", new[] { 1L, -2L, 3L })
                .SetTag("array.double", new[] { 0.5, 1.5 })
                .SetTag("array.bool", new[] { true, false })
                .SetTag("array.empty", Array.Empty<string>())
                .SetStatus(ActivityStatusCode.Ok);
        }

        using var publish = Start("orders publish", ActivityKind.Producer);
        return publish.Context;
    }

    /// <summary>A consumer in a trace of its own, linked to what it consumed.</summary>
    public static void Ship(ActivityContext producer)
    {
        var link = new ActivityLink(producer, new() { ["messaging.batch.index"] = 0 });
        using var _ = Source.StartActivity("orders process", ActivityKind.Consumer, parentContext: default, links: [link]);
    }

    private static Activity Start(string name, ActivityKind kind) =>
        Source.StartActivity(name, kind) ?? throw new InvalidOperationException($"span '{name}' was not sampled: is the source registered?");
}
