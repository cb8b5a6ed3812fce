using Clew.Receivers.Translation;

namespace Clew.Receivers.Zipkin;

/// <summary>A Zipkin span in the shape of the second version of its API, as all four encodings give it. Times in microseconds.</summary>
internal sealed class ZipkinSpan
{
    public ForeignTraceId TraceId { get; set; }

    public ulong Id { get; set; }

    /// <summary>Zero: none.</summary>
    public ulong ParentId { get; set; }

    public string Name { get; set; } = "";

    public ForeignKind Kind { get; set; }

    /// <summary>Zero: not given.</summary>
    public long Timestamp { get; set; }

    public long Duration { get; set; }

    public ZipkinEndpoint? Local { get; set; }

    public ZipkinEndpoint? Remote { get; set; }

    public List<(long Timestamp, string Value)> Annotations { get; } = [];

    /// <summary>Values are strings, except for typed ones of the first version.</summary>
    public List<KeyValuePair<string, object>> Tags { get; } = [];

    public bool Debug { get; set; }

    /// <summary>The server's half of a span whose id the client's half has too.</summary>
    public bool Shared { get; set; }

    public int Parts => Annotations.Count + Tags.Count;

    /// <summary>The tag's text, after which it is gone; null when there is none.</summary>
    public string? TakeTag(string key)
    {
        var index = Tags.FindIndex(tag => tag.Key == key);
        if (index < 0 || Tags[index].Value is not string text)
        {
            return null;
        }

        Tags.RemoveAt(index);
        return text;
    }
}

/// <summary>A service at an address. Port zero: not given.</summary>
internal sealed record ZipkinEndpoint(string ServiceName, string Ip, int Port);
