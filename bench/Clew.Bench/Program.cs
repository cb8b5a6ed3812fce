using Clew.Bench;
using Clew.Bench.Passthrough;

// One command per area; each prints its figures and ends.
switch (args)
{
    case ["parquet", .. string[] rest]:
        return ParquetBench.Run(rest);
    case ["block", .. string[] rest]:
        return await BlockBench.RunAsync(rest);
    case ["receive", .. string[] rest]:
        return await ReceiveBench.RunAsync(rest);
    case ["cold", .. string[] rest]:
        return await Clew.Bench.Cold.ColdBench.RunAsync(rest);
    case ["settle", .. string[] rest]:
        return await Clew.Bench.Settle.SettleBench.RunAsync(rest);
    case ["query", .. string[] rest]:
        return await Clew.Bench.Queries.QueryBench.RunAsync(rest);
    case ["duckdb", .. string[] rest]:
        return await Clew.Bench.Queries.DuckBench.RunAsync(rest);
    case ["dashboards", .. string[] rest]:
        return await Clew.Bench.Queries.DashboardBench.RunAsync(rest);
    case ["passthrough", .. string[] rest]:
        return await PassthroughBench.RunAsync(rest);
    case ["outage", .. string[] rest]:
        return await OutageBench.RunAsync(rest);
    case ["rollups", .. string[] rest]:
        return await RollupBench.RunAsync(rest);
    default:
        Console.Error.WriteLine("""
            usage: Clew.Bench parquet [million rows, default 5]
                   Clew.Bench block [thousand spans, default 1000] [--columns]
                   Clew.Bench rollups [thousand spans, default 1000]
                   Clew.Bench cold [blocks, default 100] [thousand spans each, default 20] [ms a request, default 20]
                   Clew.Bench receive [million spans, default 1]
                   Clew.Bench settle [million spans, default 5] [--resend share] [--clew program]
                   Clew.Bench query [thousand spans, default 5000] [--folder path] [--runs n] [--only name|name] [--http [--cold] [--clew program]]
                   Clew.Bench duckdb [thousand spans, default 5000] [--folder path] [--runs n]
                   Clew.Bench dashboards [--dashboards n, default 50] [--seconds n, default 30] [--clew program]
                   Clew.Bench passthrough --clew program [--millions N] [--slow ms] [--only none|gzip/disk|none] [--cold]
                   Clew.Bench outage --clew program [--seconds N] [--rate spans] [--compression gzip|none] [--hang]
            """);
        return 2;
}
