namespace Clew.Receivers.Jaeger;

/// <summary>The process that made spans: becomes the resource.</summary>
internal sealed class JaegerProcess
{
    public string ServiceName { get; set; } = "";

    public List<KeyValuePair<string, object>> Tags { get; } = [];

    public List<KeyValuePair<string, object>> ToResource()
    {
        var resource = new List<KeyValuePair<string, object>>(Tags.Count + 1);
        if (ServiceName.Length > 0)
        {
            resource.Add(new("service.name", ServiceName));
        }

        foreach (var (key, value) in Tags)
        {
            resource.Add(key switch
            {
                "hostname" => new("host.name", value),
                "jaeger.version" => new("opencensus.exporterversion", value is string version ? "Jaeger-" + version : value),
                _ => new(key, value),
            });
        }

        return resource;
    }
}
