using System.Globalization;
using System.Text;

namespace Clew.Interchange.Tempo;

/// <summary>Which columns of a level hold an attribute each: those that Tempo's formats always have, and those of the block's meta.json.</summary>
internal sealed class AttributeColumns
{
    private static readonly (string Column, string Key)[] s_resource =
    [
        ("ServiceName", "service.name"), ("Cluster", "cluster"), ("Namespace", "namespace"), ("Pod", "pod"), ("Container", "container"),
        ("K8sClusterName", "k8s.cluster.name"), ("K8sNamespaceName", "k8s.namespace.name"), ("K8sPodName", "k8s.pod.name"), ("K8sContainerName", "k8s.container.name"),
    ];

    private static readonly (string Column, string Key)[] s_span = [("HttpMethod", "http.method"), ("HttpUrl", "http.url"), ("HttpStatusCode", "http.status_code")];

    private AttributeColumns((string Column, string Key)[] own, List<(string Column, byte[] Key)> dedicated)
    {
        Own = [.. own.Select(static pair => (pair.Column, Encoding.UTF8.GetBytes(pair.Key)))];
        Dedicated = dedicated;
    }

    public IReadOnlyList<(string Column, byte[] Key)> Own { get; }

    public IReadOnlyList<(string Column, byte[] Key)> Dedicated { get; }

    public static AttributeColumns Resource(TempoMeta meta) => new(s_resource, Assign(meta, "resource"));

    public static AttributeColumns Span(TempoMeta meta) => new(s_span, Assign(meta, "span"));

    public static AttributeColumns Event(TempoMeta meta) => new([], Assign(meta, "event"));

    /// <summary>Columns are given out in the order of the list, each type with its own count: the second string of a scope is String02.</summary>
    private static List<(string Column, byte[] Key)> Assign(TempoMeta meta, string scope)
    {
        var (strings, ints) = (0, 0);
        var assigned = new List<(string, byte[])>();
        foreach (var column in meta.Dedicated.Where(column => column.Scope == scope))
        {
            var name = column.Type == "int"
                ? $"Int{(++ints).ToString("d2", CultureInfo.InvariantCulture)}"
                : $"String{(++strings).ToString("d2", CultureInfo.InvariantCulture)}";
            assigned.Add((name, Encoding.UTF8.GetBytes(column.Name)));
        }

        return assigned;
    }
}
