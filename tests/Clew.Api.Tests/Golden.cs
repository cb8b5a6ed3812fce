using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Clew.Api.Tests;

/// <summary>
/// Answers as files under <c>Golden/</c>, indented for reading. With <c>CLEW_UPDATE_GOLDEN=1</c> in the environment they are written instead
/// of compared; what changed is then reviewed like code.
/// </summary>
internal static class Golden
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Matches(string name, string json, [CallerFilePath] string caller = "")
    {
        var actual = JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(json), Indented) + "\n";
        var file = Path.Combine(Path.GetDirectoryName(caller)!, "Golden", name + ".json");
        if (Environment.GetEnvironmentVariable("CLEW_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(file, actual);
        }

        Assert.Equal(File.ReadAllText(file), actual);
    }
}
