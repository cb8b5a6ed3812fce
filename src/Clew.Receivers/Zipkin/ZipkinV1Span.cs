using Clew.Receivers.Translation;

namespace Clew.Receivers.Zipkin;

/// <summary>
/// A span of the first version of Zipkin's API, where the kind, the services and the times are told by well-known annotations:
/// <c>cs</c>/<c>cr</c> client sent and received, <c>sr</c>/<c>ss</c> server received and sent, <c>ms</c>/<c>mr</c> message sent and
/// received; <c>sa</c>, <c>ca</c>, <c>ma</c> are the address on the other side, <c>lc</c> a local component.
/// </summary>
internal sealed class ZipkinV1Span
{
    private const string UnknownService = "unknown-service";

    public ForeignTraceId TraceId { get; set; }

    public ulong Id { get; set; }

    public ulong ParentId { get; set; }

    public string Name { get; set; } = "";

    public long Timestamp { get; set; }

    public long Duration { get; set; }

    public bool Debug { get; set; }

    public List<(long Timestamp, string Value, ZipkinEndpoint? Host)> Annotations { get; } = [];

    public List<(string Key, object Value, ZipkinEndpoint? Host)> BinaryAnnotations { get; } = [];

    public int Parts => Annotations.Count + BinaryAnnotations.Count;

    /// <summary>One span, or two when a client and a server of different services wrote their halves into one.</summary>
    public (ZipkinSpan Span, ZipkinSpan? ServerHalf) Convert()
    {
        var client = Host("cs") ?? Host("cr");
        var server = Host("sr") ?? Host("ss");
        if ((Has("cs") || Has("cr")) && (Has("sr") || Has("ss")) && client?.ServiceName != server?.ServiceName)
        {
            var serverHalf = Half(ForeignKind.Server, "sr", "ss", server, isWholeTime: false);
            serverHalf.Shared = true;
            return (Half(ForeignKind.Client, "cs", "cr", client, isWholeTime: true), serverHalf);
        }

        return (Has("cs") || Has("cr") ? Half(ForeignKind.Client, "cs", "cr", client, isWholeTime: true)
            : Has("sr") || Has("ss") ? Half(ForeignKind.Server, "sr", "ss", server, isWholeTime: true)
            : Has("ms") ? Half(ForeignKind.Producer, "ms", "", Host("ms"), isWholeTime: true)
            : Has("mr") ? Half(ForeignKind.Consumer, "mr", "", Host("mr"), isWholeTime: true)
            : Half(ForeignKind.Unspecified, "", "", null, isWholeTime: true), null);
    }

    private static bool IsWellKnown(string value) => value is "cs" or "cr" or "sr" or "ss" or "ms" or "mr";

    /// <summary>The half of one side; <paramref name="isWholeTime"/>: the span's own times count before those of annotations.</summary>
    private ZipkinSpan Half(ForeignKind kind, string start, string end, ZipkinEndpoint? host, bool isWholeTime)
    {
        var startTime = Time(start);
        var endTime = Time(end);
        var span = new ZipkinSpan
        {
            TraceId = TraceId,
            Id = Id,
            ParentId = ParentId,
            Name = Name,
            Kind = kind,
            Debug = Debug,
            Timestamp = isWholeTime && Timestamp > 0 ? Timestamp : startTime,
            Duration = isWholeTime && Duration > 0 ? Duration : startTime > 0 && endTime > startTime ? endTime - startTime : 0,
        };
        foreach (var (timestamp, value, owner) in Annotations)
        {
            if (!IsWellKnown(value) && (isWholeTime || (owner is not null && owner == host)))
            {
                span.Annotations.Add((timestamp, value));
            }
        }

        var component = "";
        ZipkinEndpoint? tagHost = null;
        foreach (var (key, value, owner) in BinaryAnnotations)
        {
            switch (key)
            {
                case "sa" or "ca" or "ma" when value is true or "true" or "1":
                    if (IsOtherSide(key, kind))
                    {
                        span.Remote = owner;
                    }

                    break;
                case "lc":
                    component = value as string ?? "";
                    tagHost ??= owner is { ServiceName.Length: > 0 } ? owner : null;
                    if (component.Length > 0)
                    {
                        span.Tags.Add(new("component", component));
                    }

                    break;
                default:
                    tagHost ??= owner is { ServiceName.Length: > 0 } ? owner : null;
                    if (isWholeTime || (owner is not null && owner == host))
                    {
                        span.Tags.Add(new(key, value));
                    }

                    break;
            }
        }

        span.Local = Local(host, tagHost, component);
        return span;
    }

    private ZipkinEndpoint Local(ZipkinEndpoint? host, ZipkinEndpoint? tagHost, string component)
    {
        if (host is not { ServiceName.Length: > 0 })
        {
            host = tagHost ?? Annotations.Find(annotation => annotation.Host is { ServiceName.Length: > 0 }).Host ?? host;
        }

        var service = host is { ServiceName.Length: > 0 } ? host.ServiceName : component.Length > 0 ? component : UnknownService;
        return new ZipkinEndpoint(service, host?.Ip ?? "", host?.Port ?? 0);
    }

    private static bool IsOtherSide(string key, ForeignKind kind) => kind switch
    {
        ForeignKind.Client => key == "sa",
        ForeignKind.Server => key == "ca",
        ForeignKind.Producer or ForeignKind.Consumer => key == "ma",
        _ => true,
    };

    private bool Has(string value) => Annotations.Exists(annotation => annotation.Value == value);

    private ZipkinEndpoint? Host(string value) => Annotations.Find(annotation => annotation.Value == value).Host;

    private long Time(string value) => Annotations.Find(annotation => annotation.Value == value).Timestamp;
}
