using System.Globalization;
using Clew.Model;

namespace Clew.Server.Demo;

/// <summary>
/// A shop of fifteen services. What is wrong with it is on purpose: one payment in five is declined, version 2.4.1 of inventory is slow
/// for gold customers because it locks a row, one list is read row by row (an N+1), and fraud-check loses the trace context, so its
/// spans start traces of their own.
/// </summary>
internal sealed class DemoShop(int seed) : IDemoScene
{
    /// <summary>The version of inventory that is slow.</summary>
    public const string SlowVersion = "2.4.1";

    private static readonly (string Name, string Language)[] Services =
    [
        ("frontend", "nodejs"), ("api-gateway", "go"), ("catalog", "java"), ("search", "java"), ("recommendation", "python"), ("cart", "dotnet"),
        ("checkout", "go"), ("pricing", "rust"), ("inventory", "java"), ("payment", "nodejs"), ("shipping", "dotnet"), ("user", "dotnet"),
        ("notification", "python"), ("email-worker", "python"), ("fraud-check", "php"),
    ];

    private readonly Random _random = new(seed);
    private readonly Dictionary<string, DemoService[]> _pods = Services.ToDictionary(
        service => service.Name,
        service => Enumerable.Range(0, 3).Select(pod => new DemoService(
            service.Name, pod == 2 && service.Name == "inventory" ? SlowVersion : "2.4.0", $"{service.Name}-7d9f{pod}-x{pod}", service.Language)).ToArray());

    /// <summary>One request, and the traces that it leaves behind: more than one where the context is lost.</summary>
    public IReadOnlyList<DemoTrace> Next()
    {
        var story = new DemoStory(_random, NewTraceId());
        var dice = _random.NextDouble();
        var (scenario, stray) = dice switch
        {
            < 0.40 => (Browse(story), null),
            < 0.60 => (Search(story), null),
            < 0.75 => (AddToCart(story), null),
            < 0.85 => (Login(story), null),
            _ => Checkout(story),
        };
        var trace = new DemoTrace(story.TraceId, scenario, story.Spans);
        return stray is null ? [trace] : [trace, new DemoTrace(stray.TraceId, "fraud-check without context", stray.Spans)];
    }

    private TraceId NewTraceId() => new((ulong)_random.NextInt64(), (ulong)_random.NextInt64(1, long.MaxValue));

    private DemoService Pod(string service) => _pods[service][_random.Next(_pods[service].Length)];

    private void Visit(DemoStory story, string method, string route, string path, Func<DemoSpan, int> body) =>
        story.Span(Pod("frontend"), $"{method} {route}", SpanKind.Server, null, root =>
        {
            var tier = story.Chance(0.2) ? "gold" : story.Chance(0.3) ? "silver" : "basic";
            root.With("http.request.method", method).With("http.route", route).With("url.path", path).With("customer.tier", tier)
                .With("user.id", story.Id("u-", 5000)).With("client.address", $"10.1.{story.Random.Next(250)}.{story.Random.Next(250)}");
            story.Work(2);
            var status = story.Http(root, Pod("api-gateway"), method, route, path, body);
            story.Work(1);
            root.With("http.response.status_code", status);
            root.Failed = status >= 500;
            root.Error = root.Failed ? $"upstream answered {status}" : null;
        });

    private string Browse(DemoStory story)
    {
        var product = story.Id("", 900);
        Visit(story, "GET", "/products/{id}", $"/products/{product}", gateway =>
        {
            var found = story.Grpc(gateway, Pod("catalog"), "shop.Catalog", "GetProduct", server =>
            {
                server.With("product.id", product);
                var hit = story.Chance(0.85);
                story.Redis(server, "GET", $"product:{product}").With("cache.hit", hit);
                if (!hit)
                {
                    story.Sql(server, "products", "SELECT * FROM products WHERE id = $1", 6);
                    story.Redis(server, "SET", $"product:{product}");
                }

                return true;
            });
            story.Grpc(gateway, Pod("pricing"), "shop.Pricing", "Quote", server =>
            {
                story.Work(3);
                return true;
            });
            story.Grpc(gateway, Pod("recommendation"), "shop.Recommendation", "Similar", server =>
            {
                story.Work(12);
                if (story.Chance(0.01))
                {
                    server.Fail("ModelNotLoaded", "model 'similar-v3' is not loaded", "Traceback (most recent call last):\n  File \"similar.py\", line 41, in rank\n    model = registry[name]\nModelNotLoaded: model 'similar-v3' is not loaded", story.Now);
                    return false;
                }

                return true;
            });
            return found ? 200 : 404;
        });
        return "browse";
    }

    private string Search(DemoStory story)
    {
        Visit(story, "GET", "/search", "/search", gateway => story.Http(gateway, Pod("search"), "GET", "/query", "/query?q=lamp", server =>
        {
            server.With("search.terms", story.Id("term-", 40)).With("search.results", story.Random.Next(60));
            story.Work(25);
            // Each hit is looked up by itself: the N+1 that a folded waterfall makes visible.
            var hits = story.Random.Next(3, 9);
            for (var i = 0; i < hits; i++)
            {
                story.Sql(server, "products", "SELECT name, price FROM products WHERE id = $1", 1.2);
            }

            return 200;
        }));
        return "search";
    }

    private string AddToCart(DemoStory story)
    {
        Visit(story, "POST", "/cart/items", "/cart/items", gateway => story.Http(gateway, Pod("cart"), "POST", "/carts/{id}/items", $"/carts/{story.Id("", 5000)}/items", server =>
        {
            story.Redis(server, "HGETALL", story.Id("cart:", 5000));
            Reserve(story, server);
            story.Redis(server, "HSET", story.Id("cart:", 5000));
            return 201;
        }));
        return "add to cart";
    }

    private string Login(DemoStory story)
    {
        Visit(story, "POST", "/login", "/login", gateway => story.Http(gateway, Pod("user"), "POST", "/sessions", "/sessions", server =>
        {
            story.Sql(server, "users", "SELECT id, password_hash FROM users WHERE email = $1", 3);
            story.Span(server.Service, "verify password", SpanKind.Internal, server, _ => story.Work(60));
            var known = !story.Chance(0.08);
            server.With("login.result", known ? "ok" : "wrong password");
            return known ? 200 : 401;
        }));
        return "login";
    }

    private (string Scenario, DemoStory? Stray) Checkout(DemoStory story)
    {
        DemoStory? stray = null;
        Visit(story, "POST", "/checkout", "/checkout", gateway => story.Http(gateway, Pod("checkout"), "POST", "/orders", "/orders", server =>
        {
            var order = story.Id("o-", 1_000_000);
            var total = Math.Round(5 + (story.Random.NextDouble() * 300), 2);
            server.With("order.id", order).With("order.total", total).With("order.items", story.Random.Next(1, 6));
            story.Grpc(server, Pod("cart"), "shop.Cart", "Get", cart =>
            {
                story.Redis(cart, "HGETALL", story.Id("cart:", 5000));
                return true;
            });
            story.Grpc(server, Pod("pricing"), "shop.Pricing", "Quote", _ =>
            {
                story.Work(4);
                return true;
            });
            Reserve(story, server);
            stray = FraudCheck(story, server);
            if (!Pay(story, server, total))
            {
                return 502;
            }

            story.Grpc(server, Pod("shipping"), "shop.Shipping", "Schedule", shipping =>
            {
                story.Sql(shipping, "shipments", "INSERT INTO shipments (order_id, address) VALUES ($1, $2)", 4);
                return true;
            });
            story.Sql(server, "orders", "INSERT INTO orders (id, total) VALUES ($1, $2)", 5);
            Announce(story, server, order);
            return 201;
        }));
        return ("checkout", stray);
    }

    /// <summary>Slow for gold customers on the pods with <see cref="SlowVersion"/>.</summary>
    private void Reserve(DemoStory story, DemoSpan caller) => story.Grpc(caller, Pod("inventory"), "shop.Inventory", "Reserve", server =>
    {
        var gold = story.Spans[0].Attributes.Contains(("customer.tier", "gold"));
        server.With("customer.tier", gold ? "gold" : "other");
        story.Sql(server, "stock", "SELECT quantity FROM stock WHERE sku = $1 FOR UPDATE", gold && server.Service.Version == SlowVersion ? 2400 : 4)
            .With("db.rows", 1);
        story.Sql(server, "stock", "UPDATE stock SET quantity = quantity - $1 WHERE sku = $2", 3);
        return true;
    });

    private bool Pay(DemoStory story, DemoSpan caller, double total)
    {
        var status = story.Http(caller, Pod("payment"), "POST", "/charges", "/charges", server =>
        {
            server.With("payment.amount", total).With("payment.currency", "EUR");
            story.Span(server.Service, "POST", SpanKind.Client, server, bank =>
            {
                bank.With(HttpNames.Method(bank), "POST").With(HttpNames.Url(bank), "https://bank.example.com/v1/charges").With("server.address", "bank.example.com")
                    .With("peer.service", "bank");
                story.Work(80);
            });
            if (!story.Chance(0.2))
            {
                return 200;
            }

            server.Fail(
                "PaymentDeclined", "card declined by issuer",
                "PaymentDeclined: card declined by issuer\n    at charge (/app/payment/charge.js:88:13)\n    at async handle (/app/payment/server.js:31:5)", story.Now);
            return 500;
        });
        if (status == 200)
        {
            return true;
        }

        caller.Fail("UpstreamError", "payment answered 500", "goroutine 12 [running]:\nmain.(*Checkout).pay(0xc0001)\n\t/app/checkout/pay.go:57", story.Now);
        return false;
    }

    /// <summary>The call goes out, but the callee does not read the headers: what it does is a trace of its own.</summary>
    private DemoStory FraudCheck(DemoStory story, DemoSpan caller)
    {
        var stray = new DemoStory(_random, NewTraceId());
        story.Span(caller.Service, "POST", SpanKind.Client, caller, client =>
        {
            client.With("http.request.method", "POST").With("url.full", "http://fraud-check.shop.svc:8080/score").With("server.address", "fraud-check.shop.svc");
            stray.Span(Pod("fraud-check"), "POST /score", SpanKind.Server, null, server =>
            {
                server.With("http.request.method", "POST").With("http.route", "/score").With("fraud.score", Math.Round(_random.NextDouble(), 3));
                stray.Sql(server, "scores", "SELECT score FROM scores WHERE card = $1", 5);
                server.With("http.response.status_code", 200);
            });
            story.Work(9);
            client.With("http.response.status_code", 200);
        });
        return stray;
    }

    /// <summary>Through the queue: a producer here, consumers later, which link back to it.</summary>
    private void Announce(DemoStory story, DemoSpan caller, string order)
    {
        var publish = story.Span(caller.Service, "orders publish", SpanKind.Producer, caller, span =>
        {
            span.With("messaging.system", "kafka").With("messaging.destination.name", "orders").With("messaging.operation.type", "publish")
                .With("messaging.kafka.message.key", order);
            story.Work(2);
        });
        story.Work(15);
        var consume = story.Span(Pod("notification"), "orders process", SpanKind.Consumer, publish, span =>
        {
            span.With("messaging.system", "kafka").With("messaging.destination.name", "orders").With("messaging.operation.type", "process")
                .With("messaging.kafka.partition", story.Random.Next(12)).With("messaging.tags", new[] { "order", "paid" });
            span.Links.Add(publish);
            span.Events.Add(new DemoEvent("message received", story.Now, [("messaging.message.body.size", story.Random.Next(200, 900))]));
            story.Work(6);
        });
        story.Span(Pod("email-worker"), "send order mail", SpanKind.Internal, consume, span =>
        {
            span.With("mail.template", "order-confirmed").With("mail.attempt", 1.ToString(CultureInfo.InvariantCulture));
            story.Work(40);
            if (story.Chance(0.02))
            {
                span.Fail("SMTPException", "421 try again later", "Traceback (most recent call last):\n  File \"mail.py\", line 17, in send\nSMTPException: 421 try again later", story.Now);
            }
        });
    }
}
