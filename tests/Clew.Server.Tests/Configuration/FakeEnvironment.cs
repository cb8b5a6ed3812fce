using Clew.Server.Configuration;

namespace Clew.Server.Tests.Configuration;

/// <summary>A machine with the files and variables of a test.</summary>
internal sealed class FakeEnvironment : IConfigEnvironment
{
    private readonly Dictionary<string, string> _files = [];
    private readonly Dictionary<string, string> _variables = [];

    public bool IsContainer { get; init; }

    public FakeEnvironment WithFile(string path, string text)
    {
        _files[path] = text;
        return this;
    }

    public FakeEnvironment WithVariable(string name, string value)
    {
        _variables[name] = value;
        return this;
    }

    public string? GetVariable(string name) => _variables.GetValueOrDefault(name);

    public string ReadFile(string path) => _files.TryGetValue(path, out var text) ? text : throw new IOException("there is no such file");

    public string GetFullPath(string path) => "/" + path;
}

/// <summary>Loads configurations in one line.</summary>
internal static class Load
{
    public static FakeEnvironment Machine => new();

    /// <summary>The files of the user guide, as printed there.</summary>
    public static FakeEnvironment Guide =>
        new FakeEnvironment()
            .WithFile("tempo-values.yaml", File.ReadAllText(Path.Combine(Golden.Folder(), "data", "tempo-values.yaml")))
            .WithFile("otel-values.yaml", File.ReadAllText(Path.Combine(Golden.Folder(), "data", "otel-values.yaml")));

    public static ConfigResult Files(this FakeEnvironment machine, params string[] paths) => machine.With(paths);

    public static ConfigResult With(this FakeEnvironment machine, string[] paths, params string[] sets) =>
        ConfigLoader.Load(
            new ConfigRequest { Sources = paths.ToValueList(), Sets = sets.Select(static set => new SetRequest(set)).ToValueList() },
            machine);

    /// <summary>One Clew or foreign file with this text.</summary>
    public static ConfigResult Text(string yaml, params string[] sets) => Machine.WithFile("a.yaml", yaml).With(["a.yaml"], sets);

    /// <summary>The configuration of a text that must be good.</summary>
    public static ClewConfig Good(string yaml, params string[] sets) => Text(yaml, sets).Good();

    public static ClewConfig Good(this ConfigResult result)
    {
        Assert.True(result.Config is not null, string.Join('\n', result.Errors));
        return result.Config;
    }

    /// <summary>The only error of a text that must be bad.</summary>
    public static string Error(string yaml, params string[] sets) => Assert.Single(Text(yaml, sets).Errors);
}
