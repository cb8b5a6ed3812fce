using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Clew.Server.Configuration.Documents;

/// <summary>
/// Reads one YAML document into a <see cref="ConfigNode"/> tree. Strict where a mistake would go unseen (a key written twice, a second
/// document), bounded against hostile input (size, depth, and the growth that aliases allow).
/// </summary>
internal sealed class YamlReader
{
    /// <summary>A configuration larger than this is a mistake: the largest real ones have some hundred kilobytes.</summary>
    public const int MaxCharacters = 8 << 20;

    public const int MaxDepth = 100;

    /// <summary>Nodes of the finished tree, counting what aliases repeat.</summary>
    public const int MaxNodes = 500_000;

    private const string MergeKey = "<<";
    private const string StringTag = "tag:yaml.org,2002:str";

    private readonly SourceDocument _document;
    private readonly ConfigProblems _problems;
    private readonly Dictionary<AnchorName, ConfigNode> _anchors = [];
    private readonly IParser _parser;
    private int _nodes;

    private YamlReader(string text, SourceDocument document, ConfigProblems problems)
    {
        _document = document;
        _problems = problems;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>The tree, or null when the text has an error (which is then among the problems). An empty text is a null scalar.</summary>
    public static ConfigNode? Read(string text, SourceDocument document, ConfigProblems problems)
    {
        if (text.Length > MaxCharacters)
        {
            problems.Error(new SourceMark(document), $"has {text.Length} characters, more than the {MaxCharacters} that a configuration may have");
            return null;
        }

        try
        {
            return new YamlReader(text, document, problems).ReadDocument();
        }
        catch (YamlException e)
        {
            var message = e.InnerException?.Message ?? e.Message;
            problems.Error(Mark(document, e.Start), $"not valid YAML: {message.TrimEnd('.')}");
            return null;
        }
        catch (TooLargeException e)
        {
            problems.Error(e.Mark, e.Message);
            return null;
        }
    }

    private ConfigNode ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
        {
            return ConfigScalar.Null(new SourceMark(_document, 1, 1));
        }

        _parser.Consume<DocumentStart>();
        var root = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second))
        {
            _problems.Error(Mark(_document, second.Start), "a second YAML document begins here; give each document its own --config");
        }

        return root;
    }

    private ConfigNode ReadNode(int depth)
    {
        var current = _parser.Current ?? throw new YamlException("the text ends too early");
        var mark = Mark(_document, current.Start);
        if (depth > MaxDepth)
        {
            throw new TooLargeException(mark, $"nested deeper than {MaxDepth} levels");
        }

        Count(1, mark);
        switch (current)
        {
            case AnchorAlias alias:
                _parser.MoveNext();
                if (!_anchors.TryGetValue(alias.Value, out var target))
                {
                    throw new YamlException(alias.Start, alias.End, $"the alias '*{alias.Value}' has no anchor");
                }

                var (repeated, levels) = Measure(target);
                Count(repeated, mark);
                if (depth + levels > MaxDepth)
                {
                    throw new TooLargeException(mark, $"nested deeper than {MaxDepth} levels");
                }

                return target;
            case Scalar scalar:
                _parser.MoveNext();
                return Anchored(scalar, ReadScalar(scalar, mark));
            case SequenceStart sequence:
                _parser.MoveNext();
                var items = new List<ConfigNode>();
                while (!_parser.TryConsume<SequenceEnd>(out _))
                {
                    items.Add(ReadNode(depth + 1));
                }

                return Anchored(sequence, new ConfigList(items, mark));
            case MappingStart mapping:
                _parser.MoveNext();
                return Anchored(mapping, ReadMap(mark, depth));
            default:
                throw new YamlException(current.Start, current.End, "unexpected content");
        }
    }

    private static ConfigScalar ReadScalar(Scalar scalar, SourceMark mark)
    {
        var isString = scalar.Style != ScalarStyle.Plain || (!scalar.Tag.IsEmpty && scalar.Tag.Value == StringTag);
        return new ConfigScalar(scalar.Value, mark, isPlain: !isString);
    }

    private ConfigMap ReadMap(SourceMark mark, int depth)
    {
        var entries = new List<ConfigEntry>();
        var merged = new List<ConfigMap>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var at = _parser.Current!;
            var keyMark = Mark(_document, at.Start);
            if (!_parser.TryConsume<Scalar>(out var key))
            {
                throw new YamlException(at.Start, at.End, "a key must be a single word or text");
            }

            var value = ReadNode(depth + 1);
            var name = KeyName(key, value);
            if (key.Value == MergeKey && key.Style == ScalarStyle.Plain)
            {
                merged.AddRange(value is ConfigList list ? list.Items.OfType<ConfigMap>() : value is ConfigMap map ? [map] : []);
                continue;
            }

            var first = entries.FindIndex(entry => entry.Key == name);
            if (first >= 0)
            {
                _problems.Error(keyMark, $"the key '{name}' is written twice; the first one is in line {entries[first].KeyMark.Line}");
                continue;
            }

            entries.Add(new ConfigEntry(name, keyMark, value));
        }

        // What a map says itself wins over what it merges in, and an earlier merged map over a later one.
        foreach (var map in merged)
        {
            foreach (var entry in map.Entries)
            {
                if (!entries.Exists(own => own.Key == entry.Key))
                {
                    entries.Add(entry);
                }
            }
        }

        return new ConfigMap(entries, mark);
    }

    // {grpc:} is a key without a value to Go's reader, and configurations are full of it; to this one it is a key that ends in a colon.
    private static string KeyName(Scalar key, ConfigNode value) =>
        key.Style == ScalarStyle.Plain && key.Value.Length > 1 && key.Value.EndsWith(':') && value is ConfigScalar { IsPlain: true, Text: "" }
            ? key.Value[..^1]
            : key.Value;

    private ConfigNode Anchored(NodeEvent source, ConfigNode node)
    {
        if (!source.Anchor.IsEmpty)
        {
            _anchors[source.Anchor] = node;
        }

        return node;
    }

    private void Count(int nodes, SourceMark mark)
    {
        _nodes += nodes;
        if (_nodes > MaxNodes)
        {
            throw new TooLargeException(mark, $"more than {MaxNodes} values");
        }
    }

    // Every tree that has an anchor keeps to MaxDepth, which bounds the recursion; the count stops the work at MaxNodes.
    private static (int Nodes, int Levels) Measure(ConfigNode node)
    {
        var nodes = 1;
        var levels = 0;
        IEnumerable<ConfigNode> children = node switch
        {
            ConfigList list => list.Items,
            ConfigMap map => map.Entries.Select(static entry => entry.Value),
            _ => [],
        };
        foreach (var child in children)
        {
            var (childNodes, childLevels) = Measure(child);
            nodes += childNodes;
            levels = Math.Max(levels, childLevels + 1);
            if (nodes > MaxNodes)
            {
                break;
            }
        }

        return (nodes, levels);
    }

    private static SourceMark Mark(SourceDocument document, Mark mark) => new(document, (int)mark.Line, (int)mark.Column);

    private sealed class TooLargeException(SourceMark mark, string message) : Exception(message)
    {
        public SourceMark Mark { get; } = mark;
    }
}
