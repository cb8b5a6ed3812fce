using System.Text.RegularExpressions;
using Clew.Model;
using Clew.Query.Traces;

namespace Clew.Query.Exceptions;

/// <summary>
/// Collects exceptions of spans by type, message and place. Ids and long numbers in messages do not tell exceptions apart, short numbers
/// (status codes) do.
/// </summary>
internal sealed partial class ExceptionGrouping(int maxGroups)
{
    private const int PrefixLines = 4;
    private const int Examples = 5;
    private const int Places = 10;

    private readonly Dictionary<(string Type, string Message, string Stack), Group> _groups = [];

    public long LeftOut { get; private set; }

    public void Add(TraceId trace, SpanData span)
    {
        var recorded = false;
        foreach (var item in span.Events)
        {
            var type = Text(item.Attributes, "exception.type");
            var message = Text(item.Attributes, "exception.message");
            if (item.Name == "exception" || type.Length > 0 || message.Length > 0)
            {
                recorded = true;
                Add(trace, span, type, message, Text(item.Attributes, "exception.stacktrace"), item.UnixNano);
            }
        }

        if (!recorded && span.Status == SpanStatus.Error)
        {
            Add(trace, span, Text(span.Attributes, "error.type"), span.StatusMessage, "", span.StartUnixNano + span.DurationNanos);
        }
    }

    public List<ExceptionGroup> Build() => [.. _groups.Values.Select(static group => group.Build())
        .OrderByDescending(static group => group.Count).ThenByDescending(static group => group.LastUnixNano)
        .ThenBy(static group => group.Type, StringComparer.Ordinal).ThenBy(static group => group.Message, StringComparer.Ordinal)];

    private void Add(TraceId trace, SpanData span, string type, string message, string stack, long unixNano)
    {
        var prefix = Prefix(stack);
        var key = (type, Ids().Replace(message, "…"), prefix);
        if (!_groups.TryGetValue(key, out var group))
        {
            if (_groups.Count == maxGroups)
            {
                LeftOut++;
                return;
            }

            _groups.Add(key, group = new Group(type, prefix));
        }

        group.Add(trace, span, message, stack, unixNano);
    }

    /// <summary>The first frames of a stack trace, without the message that many runtimes write above them.</summary>
    private static string Prefix(string stack)
    {
        var lines = stack.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var frames = Array.FindAll(lines, static line => Frame().IsMatch(line));
        return string.Join('\n', (frames.Length > 0 ? frames : lines).Take(PrefixLines));
    }

    private static string Text(AttributeData[] attributes, string key) => AttributeData.Find(attributes, key).ToText();

    // UUIDs, hex of eight and more with a digit in it, numbers of five digits and more.
    [GeneratedRegex(@"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b|\b(?:0x)?(?=[0-9a-fA-F]*[0-9])[0-9a-fA-F]{8,}\b|\b\d{5,}\b", RegexOptions.CultureInvariant)]
    private static partial Regex Ids();

    // Java, .NET and JavaScript ("at …"), Python ("File …"), Go and Ruby ("file.go:12").
    [GeneratedRegex(@"^(?:at |File "")|\.\w+:\d+", RegexOptions.CultureInvariant)]
    private static partial Regex Frame();

    private sealed class Group(string type, string prefix)
    {
        private readonly Dictionary<(string, string), long> _places = [];
        private readonly PriorityQueue<(TraceId Trace, SpanId Span), long> _newest = new();
        private readonly HashSet<TraceId> _traces = [];
        private string _message = "";
        private string _stack = "";
        private long _first = long.MaxValue;
        private long _last = long.MinValue;
        private long _count;

        public void Add(TraceId trace, SpanData span, string message, string stack, long unixNano)
        {
            _count++;
            var place = (span.Resource.ServiceName, span.Name);
            _places[place] = _places.GetValueOrDefault(place) + 1;
            _first = Math.Min(_first, unixNano);
            if (unixNano > _last)
            {
                (_last, _message, _stack) = (unixNano, message, stack);
            }

            if (_traces.Add(trace))
            {
                _newest.Enqueue((trace, span.Id), unixNano);
                if (_newest.Count > Examples)
                {
                    _newest.Dequeue();
                }
            }
        }

        public ExceptionGroup Build() => new()
        {
            Type = type,
            Message = _message,
            StackTrace = _stack.Length == 0 ? null : _stack,
            StackPrefix = prefix,
            Count = _count,
            Traces = _traces.Count,
            FirstUnixNano = _first,
            LastUnixNano = _last,
            Places = [.. _places.OrderByDescending(static place => place.Value).ThenBy(static place => place.Key).Take(Places).Select(static place => (place.Key.Item1, place.Key.Item2, place.Value))],
            Examples = [.. _newest.UnorderedItems.OrderByDescending(static item => item.Priority).Select(static item => item.Element)],
        };
    }
}
