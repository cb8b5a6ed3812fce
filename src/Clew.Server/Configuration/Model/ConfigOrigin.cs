namespace Clew.Server.Configuration;

/// <summary>How a configuration came about: what was asked for, what was read, and what an operator should know about it.</summary>
internal sealed record ConfigOrigin
{
    public static ConfigOrigin BuiltIn { get; } = new();

    /// <summary>What was given on the command line; loading it again is a reload.</summary>
    public ConfigRequest Request { get; init; } = new();

    /// <summary>The files that were read, with full paths: the ones to watch. Includes files inserted with <c>${file:…}</c>.</summary>
    public ValueList<string> Files { get; init; } = [];

    /// <summary>What was read, in order, and which sections it decided.</summary>
    public ValueList<ConfigSource> Sources { get; init; } = [];

    /// <summary>What became of a Collector's and a Tempo's configuration in one process, in sentences.</summary>
    public ValueList<string> InProcess { get; init; } = [];

    public ValueList<NotInThisVersion> NotInThisVersion { get; init; } = [];

    /// <summary>Sentences for the operator.</summary>
    public ValueList<string> Warnings { get; init; } = [];
}

/// <summary>The command line's part of the configuration.</summary>
internal sealed record ConfigRequest
{
    /// <summary>The name of the Tempo release whose host names mean this process.</summary>
    public const string DefaultTempoName = "tempo";

    /// <summary>Values of <c>--config</c>, in order: paths, or URIs with the scheme <c>file</c>, <c>env</c> or <c>yaml</c>.</summary>
    public ValueList<string> Sources { get; init; } = [];

    /// <summary>Settings laid over the files, in order: <c>--set</c> and the options that stand for one.</summary>
    public ValueList<SetRequest> Sets { get; init; } = [];

    public string TempoName { get; init; } = DefaultTempoName;
}

/// <summary>One text that was read.</summary>
/// <param name="Name">As the operator wrote it.</param>
/// <param name="Kind">What it was recognised as, in words.</param>
/// <param name="Sections">The top-level sections of the configuration to which it gave at least one value.</param>
internal sealed record ConfigSource(string Name, string Kind, ValueList<string> Sections);

/// <summary>One setting of the command line. <paramref name="Option"/> is how the operator wrote it, for messages: <c>--set</c> or <c>--data</c>.</summary>
internal sealed record SetRequest(string Expression, string Option = "--set");

/// <summary>Something that the configuration asks for and this version does not do.</summary>
/// <param name="Component">The setting or component, as it is written: <c>receivers.jaeger</c>, <c>storage.backend: s3</c>.</param>
/// <param name="Where">Where it was written: <c>values.yaml:5:14</c>.</param>
/// <param name="Why">What is missing.</param>
/// <param name="WayOut">What an operator can do now.</param>
/// <param name="Refuses">True when running without it would be weaker than asked for: <c>serve</c> then does not start.</param>
internal sealed record NotInThisVersion(string Component, string Where, string Why, string WayOut, bool Refuses);
