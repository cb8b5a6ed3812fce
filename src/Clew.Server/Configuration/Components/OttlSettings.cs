using Clew.Pipeline.Ottl;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Binding;

/// <summary>Reads statements and conditions, and says where in the file and at which column of the text they go wrong.</summary>
internal static class OttlSettings
{
    /// <summary>Null when the key is not written and <paramref name="fallback"/> is null.</summary>
    public static OttlErrorMode? ErrorMode(Section s, OttlErrorMode? fallback, string text) => fallback is null && !s.Has("error_mode") && !s.IsDocumenting
        ? Keep(s)
        : s.Choice("error_mode", fallback ?? OttlErrorMode.Ignore, text, ("ignore", OttlErrorMode.Ignore), ("silent", OttlErrorMode.Silent), ("propagate", OttlErrorMode.Propagate));

    public static OttlContextKind? Context(Section s)
    {
        var word = s.Choice("context", "", "Unset: found from the paths.", ("", ""), ("resource", "resource"), ("scope", "scope"), ("span", "span"), ("spanevent", "spanevent"));
        return word switch
        {
            "resource" => OttlContextKind.Resource,
            "scope" => OttlContextKind.Scope,
            "span" => OttlContextKind.Span,
            "spanevent" => OttlContextKind.SpanEvent,
            _ => null,
        };
    }

    public static List<OttlCondition> Conditions(Section s, string key, OttlContextKind? kind, string text) =>
        [.. s.Words(key, text).Select(word => Try(s, word.Mark, word.Text, () => OttlCondition.Parse(word.Text, kind))).OfType<OttlCondition>()];

    /// <summary>Null after an error, which is reported.</summary>
    public static T? Try<T>(Section s, SourceMark mark, string text, Func<T?> parse)
        where T : class
    {
        try
        {
            return parse();
        }
        catch (OttlSyntaxException fault)
        {
            s.Error(mark, $"'{text}', column {fault.Position + 1}: {fault.Message}");
            return null;
        }
    }

    private static OttlErrorMode? Keep(Section s)
    {
        s.Raw("error_mode");
        return null;
    }
}
