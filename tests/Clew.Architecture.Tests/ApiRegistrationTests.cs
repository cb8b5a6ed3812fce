using System.Text.RegularExpressions;

namespace Clew.Architecture.Tests;

/// <summary>
/// Endpoints under <c>/api/v1</c> are added with <c>ApiV1.Add</c>, which takes their description: what is added in another way would be missing in
/// the OpenAPI document and in the types of the UI's client.
/// </summary>
public sealed partial class ApiRegistrationTests
{
    [Fact]
    public void No_route_under_api_v1_is_mapped_by_hand()
    {
        var wrong = new List<string>();
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Root(), "src"), "*.cs", SearchOption.AllDirectories).Where(static file => !file.Contains("/obj/", StringComparison.Ordinal)))
        {
            foreach (Match match in MappedByHand().Matches(File.ReadAllText(file)))
            {
                wrong.Add($"{Path.GetFileName(file)}: {match.Value}");
            }
        }

        Assert.True(wrong.Count == 0, $"add these with ApiV1.Add (see Clew.Api/V1/V1Endpoints.cs):\n{string.Join('\n', wrong)}");
    }

    // Map("…", MapGet("…", and the local helpers around them that are called Get, Post and so on.
    [GeneratedRegex(@"\b(?:Map\w*|Get|Post|Put|Delete)\(\s*\$?""/?api/v1[^""]*""", RegexOptions.CultureInvariant)]
    private static partial Regex MappedByHand();

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
