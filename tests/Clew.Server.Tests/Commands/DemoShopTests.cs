using Clew.Server.Demo;

namespace Clew.Server.Tests.Commands;

/// <summary>What a newcomer finds in the first minutes of the demo, and what tests may take for truth.</summary>
public sealed class DemoShopTests
{
    private const int Seed = 20;

    /// <summary>A minute at the usual rate.</summary>
    private const int Requests = 300;

    [Fact]
    public void Same_seed_tells_the_same_stories()
    {
        Assert.Equal(Ids(new DemoShop(Seed)), Ids(new DemoShop(Seed)));
        Assert.NotEqual(Ids(new DemoShop(Seed)), Ids(new DemoShop(Seed + 1)));
    }

    [Fact]
    public void Minute_of_the_shop_has_what_the_guide_asks_for()
    {
        var shop = new DemoShop(Seed);
        var spans = Enumerable.Range(0, Requests).SelectMany(_ => shop.Next()).SelectMany(static trace => trace.Spans).ToList();

        Assert.True(spans.Select(static span => span.Service.Name).Distinct().Count() >= 12);
        Assert.Contains(spans, static span => span.Failed && span.Events.Any(static it => it.Name == "exception"));
        Assert.Contains(spans, static span => span.Attributes.Contains(("http.status_code", 500)));
        Assert.Contains(spans, static span => span.Service.Name == "api-gateway" && span.Attributes.Contains(("http.method", "POST")) && span.Duration > 2_000_000_000);
    }

    [Fact]
    public void Errors_show_up_within_ten_seconds()
    {
        var shop = new DemoShop(Seed);

        Assert.Contains(Enumerable.Range(0, 50).SelectMany(_ => shop.Next()), static trace => trace.Failed);
    }

    private static List<string> Ids(DemoShop shop) =>
        [.. Enumerable.Range(0, 5).SelectMany(_ => shop.Next()).SelectMany(static trace => trace.Spans.Select(span => $"{trace.Id}/{span.Id} {span.Name}"))];
}
