namespace Clew.Server.Configuration.Documents;

/// <summary>Fetches the text that one <c>--config</c> names.</summary>
internal static class ConfigText
{
    public static (SourceDocument Document, ConfigNode? Root) Read(
        string source,
        IConfigEnvironment environment,
        ConfigProblems problems,
        ICollection<string> filesRead)
    {
        var colon = source.IndexOf(':', StringComparison.Ordinal);

        // One letter before the colon is a drive, not a scheme.
        var scheme = colon > 1 ? source[..colon] : "file";
        var rest = colon > 1 ? source[(colon + 1)..] : source;
        switch (scheme)
        {
            case "env":
                var variable = new SourceDocument(source, DocumentKind.Own);
                problems.Register(variable);
                if (environment.GetVariable(rest) is { } value)
                {
                    return (variable, ReadPaths(value, variable, problems));
                }

                problems.Error(new SourceMark(variable), $"the environment variable {rest} is not set");
                return (variable, null);
            case "yaml":
                var inline = new SourceDocument("yaml:", DocumentKind.Own);
                problems.Register(inline);
                return (inline, ReadPaths(rest, inline, problems));
            case "http" or "https":
                var remote = new SourceDocument(source, DocumentKind.Own);
                problems.Register(remote);
                problems.Error(new SourceMark(remote), "reading a configuration over the network is not supported; download it and give the file");
                return (remote, null);
            case "file" when colon > 1:
                return ReadFile(rest.StartsWith("//", StringComparison.Ordinal) ? rest[2..] : rest, environment, problems, filesRead);
            default:
                return ReadFile(source, environment, problems, filesRead);
        }
    }

    private static (SourceDocument Document, ConfigNode? Root) ReadFile(
        string path,
        IConfigEnvironment environment,
        ConfigProblems problems,
        ICollection<string> filesRead)
    {
        var document = new SourceDocument(path, DocumentKind.Own);
        problems.Register(document);
        try
        {
            var text = environment.ReadFile(path);
            filesRead.Add(environment.GetFullPath(path));
            return (document, YamlReader.Read(text, document, problems));
        }
        catch (IOException e)
        {
            problems.Error(new SourceMark(document), $"cannot read it: {e.Message}");
            return (document, null);
        }
    }

    private static ConfigNode? ReadPaths(string text, SourceDocument document, ConfigProblems problems) =>
        YamlReader.Read(text, document, problems) is { } node
            ? node is ConfigMap map ? SetExpression.ExpandPaths(map) : node
            : null;
}
