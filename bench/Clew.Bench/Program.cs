using Clew.Bench;

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
    case ["passthrough", .. string[] rest]:
        return await PassthroughBench.RunAsync(rest);
    case ["rollups", .. string[] rest]:
        return await RollupBench.RunAsync(rest);
    default:
        Console.Error.WriteLine("usage: Clew.Bench parquet [million rows, default 5] | block [thousand spans, default 1000] [--columns] | rollups [thousand spans, default 1000] | cold [blocks, default 100] [thousand spans each, default 20] [ms a request, default 20] | receive [million spans, default 1] | settle [million spans, default 5] [--resend share] [--clew program] | query [thousand spans, default 5000] [--folder path] [--runs n] [--only name] | duckdb [thousand spans, default 5000] [--folder path] [--runs n] | passthrough --clew program [--millions N] [--slow ms] [--only none|gzip/disk|none] [--cold]");
        return 2;
}
