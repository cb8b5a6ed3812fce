namespace Clew.Pipeline.Ottl;

/// <summary>All functions by name. Editors begin with a small letter and change something, converters give a value.</summary>
internal static partial class OttlFunctions
{
    private static readonly Dictionary<string, OttlFunction> s_editors = Editors();
    private static readonly Dictionary<string, OttlFunction> s_converters = new[]
    {
        Types(), Texts(), Hashes(), Times(), Collections(), Parsers(), Markup(), Lambdas(),
    }.SelectMany(static part => part).ToDictionary(static entry => entry.Key, static entry => entry.Value);

    public static IReadOnlyCollection<string> EditorNames => s_editors.Keys;

    public static IReadOnlyCollection<string> ConverterNames => s_converters.Keys;

    public static OttlFunction? FindEditor(string name) => s_editors.GetValueOrDefault(name);

    public static OttlFunction? FindConverter(string name) => s_converters.GetValueOrDefault(name);
}
