using Clew.Otlp.Batches;
using Clew.Otlp.Editing;

namespace Clew.Pipeline.Ottl;

/// <summary>What a statement or condition is about; a later one sees what the earlier ones see, and more.</summary>
public enum OttlContextKind
{
    Resource,
    Scope,
    Span,
    SpanEvent,
}

/// <summary>The types that an expression may have, as far as they are known before it runs.</summary>
[Flags]
internal enum OttlTypes
{
    Nil = 1,
    Bool = 2,
    Int = 4,
    Double = 8,
    String = 16,
    Bytes = 32,
    Map = 64,
    List = 128,
    Time = 256,
    Duration = 512,

    /// <summary>Whatever an attribute can hold.</summary>
    Attribute = Nil | Bool | Int | Double | String | Bytes | Map | List,
    Any = Attribute | Time | Duration,
}

/// <summary>A moment, with the zone in which its parts are told.</summary>
internal readonly record struct OttlTime(long UnixNano, TimeSpan Offset)
{
    public DateTimeOffset Clock => DateTimeOffset.FromUnixTimeSeconds(Math.DivRem(UnixNano, 1_000_000_000).Quotient - (UnixNano % 1_000_000_000 < 0 ? 1 : 0)).ToOffset(Offset);

    public long Nanosecond => ((UnixNano % 1_000_000_000) + 1_000_000_000) % 1_000_000_000;
}

/// <summary>A span of time in nanoseconds.</summary>
internal readonly record struct OttlDuration(long Nanos);

/// <summary>Something cannot be evaluated; what happens then is up to <c>error_mode</c>.</summary>
public sealed class OttlException(string message) : Exception(message);

/// <summary>A statement or condition that cannot be read. The message has the column at which it went wrong.</summary>
public sealed class OttlSyntaxException(string message, int position) : Exception(message)
{
    /// <summary>Counts from 0.</summary>
    public int Position => position;
}

/// <summary>What <c>error_mode</c> says.</summary>
public enum OttlErrorMode
{
    /// <summary>Log it and go on with the next statement.</summary>
    Ignore,

    /// <summary>Go on without a word.</summary>
    Silent,

    /// <summary>Refuse the batch.</summary>
    Propagate,
}

/// <summary>
/// What statements read and write at one moment: the span at hand and what it belongs to. Filled anew for each item by whoever runs
/// statements.
/// </summary>
public sealed class OttlContext(TimeProvider clock)
{
    private AttributeMap? _cache;

    public TimeProvider Clock => clock;

    public BatchContext Batch { get; set; } = null!;

    public ResourceRecord Resource { get; set; } = null!;

    public ScopeRecord Scope { get; set; } = null!;

    public SpanRecord Span { get; set; } = null!;

    public EventRecord Event { get; set; } = null!;

    public int EventIndex { get; set; }

    /// <summary>The scratch map of a group of statements for the item at hand.</summary>
    public AttributeMap Cache => _cache ??= new AttributeMap();

    /// <summary>Values of the parameters of lambda expressions.</summary>
    internal List<object?> Locals { get; } = [];

    /// <summary>The input of a converter that is applied to each match.</summary>
    internal object? Pending { get; set; }

    public void ClearCache() => _cache = null;
}
