namespace Clew.Bench.DataSet;

/// <summary>What an operation does besides answering.</summary>
internal enum StepKind
{
    Internal,
    Database,
    Cache,
    Call,
    Publish,
}

/// <summary>A step of an operation. For calls the operation called; else a variant (which query, which key space, which topic).</summary>
internal sealed record Step(StepKind Kind, Operation? Callee, int Variant, double Probability);

/// <summary>An operation of a service: a route, its steps, and how long it takes itself.</summary>
internal sealed record Operation(Service Service, string Method, string Route, double MedianMicros)
{
    public List<Step> Steps { get; } = [];
}

/// <summary>A service in one of four tiers; it calls services of deeper tiers only, so every trace ends.</summary>
internal sealed record Service(int Index, string Name, int Tier, string Language, bool IsMessaging)
{
    public List<Operation> Operations { get; } = [];
}

/// <summary>The services and who calls whom: made once from the seed.</summary>
internal sealed class Topology
{
    private static readonly string[] Nouns =
    [
        "edge-proxy", "storefront", "mobile-gateway", "admin", "partner-api", "cart", "checkout", "catalog", "search", "recommendation", "ad", "review",
        "pricing", "inventory", "order", "payment", "fraud", "shipping", "invoice", "customer", "loyalty", "promotion", "session", "auth", "email",
        "notification", "media", "currency", "tax", "address", "ledger", "warehouse", "supplier", "returns", "audit", "feature-flag", "geo", "ranking",
        "translation", "scheduler",
    ];

    private static readonly string[] Resources = ["users", "carts", "orders", "products", "payments", "sessions", "items", "reviews", "prices", "stock"];
    private static readonly string[] Languages = ["java", "go", "dotnet", "nodejs", "python"];
    private static readonly string[] Methods = ["GET", "GET", "GET", "POST", "PUT", "DELETE"];

    public Topology(int services, Random random)
    {
        for (var i = 0; i < services; i++)
        {
            var name = i < Nouns.Length ? Nouns[i] : $"{Nouns[i % Nouns.Length]}-{i / Nouns.Length}";
            var tier = i < services / 8 ? 0 : i < services / 3 ? 1 : i < services * 2 / 3 ? 2 : 3;
            Services.Add(new Service(i, name, tier, Languages[random.Next(Languages.Length)], random.Next(4) == 0));
        }

        foreach (var service in Services)
        {
            var count = random.Next(3, 9);
            for (var i = 0; i < count; i++)
            {
                var resource = Resources[random.Next(Resources.Length)];
                var route = (i % 3) switch { 0 => $"/api/v1/{resource}/{{id}}", 1 => $"/api/v1/{resource}", _ => $"/api/v1/{resource}/{{id}}/{Resources[random.Next(Resources.Length)]}" };
                service.Operations.Add(new Operation(service, Methods[random.Next(Methods.Length)], route, Math.Exp(5 + (random.NextDouble() * 4))));
            }
        }

        foreach (var service in Services)
        {
            foreach (var operation in service.Operations)
            {
                AddSteps(operation, random);
            }
        }
    }

    public List<Service> Services { get; } = [];

    private void AddSteps(Operation operation, Random random)
    {
        var deeper = Services.FindAll(service => service.Tier > operation.Service.Tier);
        if (deeper.Count > 0)
        {
            var calls = operation.Service.Tier == 0 ? random.Next(2, 5) : random.Next(1, 3);
            for (var i = 0; i < calls; i++)
            {
                var callee = deeper[random.Next(deeper.Count)];
                operation.Steps.Add(new Step(StepKind.Call, callee.Operations[random.Next(callee.Operations.Count)], 0, 0.75));
            }
        }

        if (operation.Service.Tier > 0)
        {
            operation.Steps.Add(new Step(random.Next(3) == 0 ? StepKind.Cache : StepKind.Database, null, random.Next(6), 0.8));
        }

        if (operation.Service.Tier > 1)
        {
            operation.Steps.Add(new Step(StepKind.Internal, null, random.Next(5), 0.5));
        }

        if (operation.Service.IsMessaging)
        {
            operation.Steps.Add(new Step(StepKind.Publish, null, random.Next(3), 0.3));
        }
    }
}
