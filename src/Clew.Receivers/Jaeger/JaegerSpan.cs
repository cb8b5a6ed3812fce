using Clew.Receivers.Translation;

namespace Clew.Receivers.Jaeger;

/// <summary>A Jaeger span as both encodings give it. Times in Unix nanoseconds.</summary>
internal sealed class JaegerSpan
{
    public ForeignTraceId TraceId { get; set; }

    public ulong SpanId { get; set; }

    /// <summary>Thrift's own field; zero: none, or in the references.</summary>
    public ulong ParentId { get; set; }

    public string Name { get; set; } = "";

    public List<JaegerReference> References { get; } = [];

    public ulong StartUnixNano { get; set; }

    public ulong DurationNanos { get; set; }

    public List<KeyValuePair<string, object>> Tags { get; } = [];

    public List<JaegerLog> Logs { get; } = [];

    /// <summary>What the sender says about its own span.</summary>
    public List<string> Warnings { get; } = [];

    public int LogFields { get; set; }

    public bool IsOverfull => References.Count + Tags.Count + Logs.Count + Warnings.Count + LogFields >= ForeignSpan.MaxParts;

    /// <summary>The first tag of the key, after which it is gone; null when there is none.</summary>
    public object? TakeTag(string key)
    {
        var index = Tags.FindIndex(tag => tag.Key == key);
        if (index < 0)
        {
            return null;
        }

        var value = Tags[index].Value;
        Tags.RemoveAt(index);
        return value;
    }

    public object? FindTag(string key) => Tags.Find(tag => tag.Key == key).Value;
}

internal readonly record struct JaegerReference(ForeignTraceId TraceId, ulong SpanId, bool IsFollowsFrom);

internal sealed record JaegerLog(ulong UnixNano, List<KeyValuePair<string, object>> Fields);
