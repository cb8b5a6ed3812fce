using YamlDotNet.Serialization;

namespace Clew.TraceQL.Tests;

/// <summary>A file of queries grouped by the phase in which they should fail.</summary>
internal static class QueryCases
{
    /// <summary>The project's own.</summary>
    public static string CorpusPath => Path.Combine(AppContext.BaseDirectory, "corpus", "queries.yaml");

    public static Dictionary<string, List<string>> Read(string path)
    {
        var groups = new DeserializerBuilder().Build().Deserialize<Dictionary<string, List<string>?>>(File.ReadAllText(path));
        return groups.ToDictionary(group => group.Key, group => group.Value ?? []);
    }

    public static TheoryData<string, string> Rows(string path)
    {
        var rows = new TheoryData<string, string>();
        foreach (var (group, queries) in Read(path))
        {
            foreach (var query in queries)
            {
                rows.Add(group, query);
            }
        }

        return rows;
    }
}
