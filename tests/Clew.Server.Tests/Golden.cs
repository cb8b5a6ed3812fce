using System.Runtime.CompilerServices;

namespace Clew.Server.Tests;

/// <summary>
/// Compares text with a file under <c>golden</c>. With <c>CLEW_UPDATE_GOLDEN=1</c> the files are written instead; the difference is then
/// reviewed like code.
/// </summary>
internal static class Golden
{
    public static void Matches(string name, string actual, [CallerFilePath] string caller = "")
    {
        var path = Path.Combine(Folder(caller), "golden", name);
        MatchesFile(path, actual);
    }

    public static void MatchesFile(string path, string actual)
    {
        if (Environment.GetEnvironmentVariable("CLEW_UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return;
        }

        Assert.True(File.Exists(path), $"{path} does not exist; run the tests once with CLEW_UPDATE_GOLDEN=1");
        Assert.Equal(File.ReadAllText(path), actual);
    }

    /// <summary>The folder of this test project, in the source tree.</summary>
    public static string Folder([CallerFilePath] string caller = "")
    {
        var folder = Path.GetDirectoryName(caller)!;
        while (!File.Exists(Path.Combine(folder, "Clew.Server.Tests.csproj")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}
