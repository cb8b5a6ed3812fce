using System.Xml;
using System.Xml.Linq;
using System.Xml.XPath;
using Clew.Otlp.Editing;

namespace Clew.Pipeline.Ottl;

internal static partial class OttlFunctions
{
    /// <summary>Documents nested deeper are refused.</summary>
    private const int MaxXmlDepth = 10_000;

    private static Dictionary<string, OttlFunction> Markup() => new()
    {
        ["ParseXML"] = new("target", static call =>
        {
            var target = call.Text("target");
            return call.Result(OttlTypes.Map, context => XmlMap(Document(call, target(context)).Elements().FirstOrDefault() ?? throw call.Fail("the text has no XML element")));
        }),
        ["ParseSimplifiedXML"] = new("target", static call =>
        {
            var target = call.Text("target");
            return call.Result(OttlTypes.Map, context => Simplified(Document(call, target(context)).Elements()) ?? new AttributeMap());
        }),
        ["GetXML"] = new("target, xpath", static call =>
        {
            var target = call.Text("target");
            var path = XPath(call);
            return call.Result(OttlTypes.String, context => string.Concat(Select(Document(call, target(context)), path).Select(static node => node switch
            {
                XElement element => element.ToString(SaveOptions.DisableFormatting),
                XAttribute attribute => attribute.Value,
                XText text => text.Value,
                _ => "",
            })));
        }),
        ["RemoveXML"] = new("target, xpath", static call =>
        {
            var target = call.Text("target");
            var path = XPath(call);
            return call.Result(OttlTypes.String, context => Edited(call, target(context), path, static node =>
            {
                if (node is XAttribute attribute)
                {
                    attribute.Remove();
                }
                else
                {
                    (node as XNode)?.Remove();
                }
            }));
        }),
        ["InsertXML"] = new("target, xpath, value", static call =>
        {
            var (target, value) = (call.Text("target"), call.Text("value"));
            var path = XPath(call);
            return call.Result(OttlTypes.String, context =>
            {
                var inserted = Document(call, value(context)).Nodes().ToList();
                return Edited(call, target(context), path, node => (node as XContainer)?.Add(inserted));
            });
        }),
        ["ConvertAttributesToElementsXML"] = new("target, xpath?", static call =>
        {
            var target = call.Text("target");
            var path = call.Has("xpath") ? XPath(call) : "//*";
            return call.Result(OttlTypes.String, context => Edited(call, target(context), path, static node =>
            {
                foreach (var element in node is XContainer container ? Elements(container) : [])
                {
                    foreach (var attribute in element.Attributes().Where(static attribute => !attribute.IsNamespaceDeclaration).ToList())
                    {
                        element.Add(new XElement(attribute.Name, attribute.Value));
                        attribute.Remove();
                    }
                }
            }));
        }),
        ["ConvertTextToElementsXML"] = new("target, xpath?, element_name?", static call =>
        {
            var target = call.Text("target");
            var path = call.Has("xpath") ? XPath(call) : "/";
            var name = call.LiteralText("element_name") ?? "value";
            return call.Result(OttlTypes.String, context => Edited(call, target(context), path, node =>
            {
                foreach (var element in node is XContainer container ? Elements(container) : [])
                {
                    if (element.HasElements)
                    {
                        foreach (var text in element.Nodes().OfType<XText>().Where(static text => !string.IsNullOrWhiteSpace(text.Value)).ToList())
                        {
                            text.ReplaceWith(new XElement(name, text.Value.Trim()));
                        }
                    }
                }
            }));
        }),
    };

    /// <summary>The document's nodes under a root that is not part of it, so that several elements at the top are possible.</summary>
    private static XElement Document(OttlCall call, string text)
    {
        try
        {
            var settings = new XmlReaderSettings { ConformanceLevel = ConformanceLevel.Fragment, DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null };
            using var reader = XmlReader.Create(new StringReader(text), settings);
            var root = new XElement("root");
            reader.Read();
            while (!reader.EOF)
            {
                if (reader.Depth > MaxXmlDepth)
                {
                    throw call.Fail($"the XML is nested deeper than {MaxXmlDepth}");
                }

                if (reader.NodeType is XmlNodeType.Element or XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Comment)
                {
                    root.Add(XNode.ReadFrom(reader));
                }
                else
                {
                    reader.Read();
                }
            }

            return root;
        }
        catch (XmlException fault)
        {
            throw call.Fail($"the text is no XML: {fault.Message}");
        }
    }

    private static string XPath(OttlCall call)
    {
        var path = call.LiteralText("xpath")!;
        try
        {
            XPathExpression.Compile(path);
            return path;
        }
        catch (XPathException fault)
        {
            throw call.Bad("xpath", $"'{path}' is no XPath expression: {fault.Message}");
        }
    }

    private static List<object> Select(XElement root, string path)
    {
        if (path == "/")
        {
            return [root];
        }

        var document = new XDocument(root);
        var steps = path.StartsWith("//", StringComparison.Ordinal) ? "/root" + path : path.StartsWith('/') ? "/root" + path : path;
        return document.XPathEvaluate(steps) switch
        {
            IEnumerable<object> nodes => [.. nodes],
            var single => [new XText(Convert.ToString(single, System.Globalization.CultureInfo.InvariantCulture) ?? "")],
        };
    }

    private static string Edited(OttlCall call, string text, string path, Action<object> edit)
    {
        var root = Document(call, text);
        var nodes = Select(root, path);
        nodes.ForEach(edit);
        return string.Concat(root.Nodes().Select(static node => node.ToString(SaveOptions.DisableFormatting)));
    }

    private static List<XElement> Elements(XContainer container) =>
        [.. container is XElement { Name.LocalName: not "root" } self ? self.DescendantsAndSelf() : container.Descendants()];

    private static AttributeMap XmlMap(XElement element)
    {
        var map = new AttributeMap();
        map.Set("tag", element.Name.LocalName);
        var content = string.Concat(element.Nodes().OfType<XText>().Select(static text => text.Value)).Trim();
        if (content.Length > 0)
        {
            map.Set("content", content);
        }

        if (element.HasAttributes)
        {
            map.Set("attributes", MapOf(element.Attributes().Select(static attribute => ((object?)attribute.Name.LocalName, (object?)attribute.Value))));
        }

        if (element.HasElements)
        {
            map.Set("children", new OtlpList(element.Elements().Select(XmlMap)));
        }

        return map;
    }

    /// <summary>Elements as keys; those with the same name become a list. Null for an element without content.</summary>
    private static AttributeMap? Simplified(IEnumerable<XElement> elements)
    {
        var map = new AttributeMap();
        foreach (var group in elements.GroupBy(static element => element.Name.LocalName))
        {
            var values = group.Select(static element => element.HasElements
                ? (object?)Simplified(element.Elements())
                : element.Value.Trim() is { Length: > 0 } text ? text : null).Where(static value => value is not null).ToList();
            if (values.Count > 0)
            {
                map.Set(group.Key, group.Count() > 1 ? new OtlpList(values) : values[0]);
            }
        }

        return map.Count > 0 ? map : null;
    }
}
