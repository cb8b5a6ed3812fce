namespace Clew.Server.Configuration.Documents;

/// <summary>Reads <c>a.b.c=value</c> (also <c>a::b::c=value</c>) into the tree that a file with the same setting would give.</summary>
internal static class SetExpression
{
    private const string PathDelimiter = "::";

    public static ConfigMap? Read(SetRequest request, ConfigProblems problems, out SourceDocument document)
    {
        var equals = request.Expression.IndexOf('=', StringComparison.Ordinal);
        var path = equals < 0 ? request.Expression : request.Expression[..equals];
        document = new SourceDocument(request.Option == "--set" ? $"--set {path}" : request.Option, DocumentKind.Own);
        problems.Register(document);
        var mark = new SourceMark(document);
        if (equals < 0)
        {
            problems.Error(mark, "the equal sign is missing; write --set key=value");
            return null;
        }

        var keys = SplitPath(path);
        if (Array.Exists(keys, string.IsNullOrWhiteSpace))
        {
            problems.Error(mark, $"'{path}' is not a path of keys; write --set retention.default=72h");
            return null;
        }

        var text = request.Expression[(equals + 1)..];
        if (request.Option != "--set")
        {
            // A shortcut's value is text, whatever it looks like.
            return ConfigMap.Empty(mark).WithPath(new ConfigScalar(text, mark), keys);
        }

        var value = YamlReader.Read(text, document, problems);
        return value is null ? null : ConfigMap.Empty(mark).WithPath(NodeMarks.Relocate(value, mark), keys);
    }

    /// <summary>With <c>::</c> in it a path may have keys that contain dots, such as <c>exporters::otlp/eu.west::endpoint</c>.</summary>
    public static string[] SplitPath(string path) =>
        path.Contains(PathDelimiter, StringComparison.Ordinal) ? path.Split(PathDelimiter) : path.Split('.');

    /// <summary>Expands top-level keys that are paths (<c>processors::batch::timeout: 2s</c>), as the scheme <c>yaml:</c> has them.</summary>
    public static ConfigMap ExpandPaths(ConfigMap map)
    {
        var result = ConfigMap.Empty(map.Mark);
        foreach (var entry in map.Entries)
        {
            var single = ConfigMap.Empty(entry.KeyMark).WithPath(entry.Value, entry.Key.Split(PathDelimiter));
            result = NodeMerge.Merge(result, single);
        }

        return result;
    }
}
