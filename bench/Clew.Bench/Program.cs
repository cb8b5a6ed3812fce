using Clew.Bench;

// One command per area; each prints its figures and ends.
switch (args)
{
    case ["parquet", .. string[] rest]:
        return ParquetBench.Run(rest);
    default:
        Console.Error.WriteLine("usage: Clew.Bench parquet [million rows, default 5]");
        return 2;
}
