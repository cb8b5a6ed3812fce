using System.Collections;
using System.Reflection;
using System.Text;
using Clew.TraceQL.Syntax;

namespace Clew.TraceQL.Tests;

/// <summary>Draws a tree, a node a line: type, its plain values, and where it stood.</summary>
internal static class TreeText
{
    public static string Draw(SyntaxNode root)
    {
        var output = new StringBuilder();
        Draw(output, root, 0);
        return output.ToString().TrimEnd('\n');
    }

    private static void Draw(StringBuilder output, SyntaxNode node, int level)
    {
        output.Append(' ', level * 2).Append(node.GetType().Name);
        var children = new List<SyntaxNode>();
        foreach (var property in Properties(node))
        {
            var value = property.GetValue(node);
            switch (value)
            {
                case null:
                    break;
                case SyntaxNode child:
                    children.Add(child);
                    break;
                case IEnumerable list and not string:
                    foreach (var item in list)
                    {
                        if (item is SyntaxNode child)
                        {
                            children.Add(child);
                        }
                        else
                        {
                            output.Append(' ').Append(item);
                        }
                    }

                    break;
                default:
                    output.Append(' ').Append(property.Name).Append('=').Append(value);
                    break;
            }
        }

        output.Append($" [{node.Range.Start}..{node.Range.End})\n");
        children.ForEach(child => Draw(output, child, level + 1));
    }

    private static IEnumerable<PropertyInfo> Properties(SyntaxNode node) =>
        node.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.Name is not (nameof(SyntaxNode.Range) or nameof(AttributeRef.FallbackIntrinsic)));
}
