using System.Xml.Linq;

namespace Clew.Architecture.Tests;

/// <summary>The rooms of <c>docs/architecture.md</c> refer to each other one way, as drawn there.</summary>
public sealed class RoomReferencesTests
{
    /// <summary>What a room may refer to. A new room, or a new arrow, is a decision: change the drawing with it.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Model"] = [],
        ["Otlp"] = ["Model"],
        ["Semantics"] = ["Model", "Otlp"],
        ["Parquet"] = [],
        ["TraceQL"] = [],
        ["Storage"] = ["Model", "Otlp", "Parquet", "Semantics"],
        ["Buckets"] = ["Storage"],
        ["Interchange"] = ["Model", "Otlp", "Storage"],
        ["Pipeline"] = ["Model", "Otlp", "Storage", "Semantics"],
        ["Receivers"] = ["Model", "Otlp", "Pipeline"],
        ["Query"] = ["Model", "Otlp", "TraceQL", "Storage"],
        ["Mesh"] = ["Model", "Otlp", "TraceQL", "Storage", "Semantics"],
        ["Api"] = ["Model", "Otlp", "TraceQL", "Storage", "Query", "Mesh"],
        ["Cluster"] = ["Model", "Otlp", "Storage", "Query"],
        ["Server"] = ["*"],
    };

    [Fact]
    public void Rooms_refer_only_where_the_drawing_has_an_arrow()
    {
        var wrong = new List<string>();
        foreach (var (room, references) in References())
        {
            Assert.True(Allowed.ContainsKey(room), $"room '{room}' is not in the drawing; add it there and here");
            wrong.AddRange(from reference in references
                           where !Allowed[room].Contains("*") && !Allowed[room].Contains(reference)
                           select $"{room} → {reference}");
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Nobody_refers_to_the_server() =>
        Assert.DoesNotContain(References(), room => room.Value.Contains("Server"));

    [Fact]
    public void Every_room_has_tests_or_is_the_wiring() =>
        Assert.All(References().Keys, room => Assert.True(
            Directory.Exists(Path.Combine(Root(), "tests", $"Clew.{room}.Tests")), $"room '{room}' has no tests/Clew.{room}.Tests"));

    private static Dictionary<string, List<string>> References() =>
        Directory.EnumerateFiles(Path.Combine(Root(), "src"), "*.csproj", SearchOption.AllDirectories).ToDictionary(
            RoomOf, project => XDocument.Load(project).Descendants("ProjectReference").Select(reference => RoomOf(reference.Attribute("Include")!.Value)).ToList());

    private static string RoomOf(string project) => Path.GetFileNameWithoutExtension(project.Replace('\\', '/'))["Clew.".Length..];

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Clew.slnx")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException("no Clew.slnx above the test");
        }

        return folder.FullName;
    }
}
