using System.Globalization;
using Clew.Otlp.Editing;
using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Binding;

/// <summary>Values of attributes as a file writes them: without quotes a number or a truth value is one.</summary>
internal static class AttributeValues
{
    public static object? Of(ConfigNode? node)
    {
        switch (node)
        {
            case null or { IsNull: true }:
                return null;
            case ConfigScalar { IsPlain: true } scalar:
                return OfPlain(scalar.Text);
            case ConfigScalar scalar:
                return scalar.Text;
            case ConfigList list:
                return new OtlpList(list.Items.Select(Of));
            default:
                var map = new AttributeMap();
                foreach (var entry in ((ConfigMap)node).Entries)
                {
                    map.Set(entry.Key, Of(entry.Value));
                }

                return map;
        }
    }

    private static object OfPlain(string text) => text switch
    {
        "true" or "True" or "TRUE" => true,
        "false" or "False" or "FALSE" => false,
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => text,
    };
}
