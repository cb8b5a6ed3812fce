namespace Clew.EndToEnd.Tests.Harness;

/// <summary>Where the built program and the clients are: in the repository that this test was built in, in the same configuration.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    // …/tests/Clew.EndToEnd.Tests/bin/<configuration>/net10.0/
    private static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    /// <summary>The program under test; CLEW_PROGRAM names another one.</summary>
    public static string Program { get; } = Existing(
        Environment.GetEnvironmentVariable("CLEW_PROGRAM") ?? Path.Combine(Root, "src", "Clew.Server", "bin", Configuration, "net10.0", "clew"),
        "build the solution");

    public static string DotnetClient() =>
        Existing(Path.Combine(Root, "tests", "clients", "dotnet", "bin", Configuration, "net10.0", "Clew.TestClient"), "build the solution");

    public static string NodeClient(string script = "send.mjs")
    {
        Existing(Path.Combine(Root, "tests", "clients", "node", "node_modules"), "run `npm ci` in tests/clients/node");
        return Path.Combine(Root, "tests", "clients", "node", script);
    }

    public static string Python() => Existing(Path.Combine(Root, ".tools", "python-otel", "python3"), "run scripts/python-otel.sh");

    /// <summary>A schema that the clients read.</summary>
    public static string Proto(string name) => Existing(Path.Combine(Root, "tests", "clients", "proto", name), "it is part of the repository");

    public static string PythonClient() => Path.Combine(Root, "tests", "clients", "python", "guide.py");

    private static string Existing(string path, string wayOut) =>
        Path.Exists(path) ? path : throw new FileNotFoundException($"{path} is not there; {wayOut}, or let ./test do it.");

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Clew.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds Clew.slnx.");
    }
}
