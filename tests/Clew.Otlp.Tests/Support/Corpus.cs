namespace Clew.Otlp.Tests.Support;

/// <summary>Files under tests/corpus, found upwards from the test program.</summary>
internal static class Corpus
{
    public static string Text(string folder, string name) => File.ReadAllText(Path.Combine(Root(), folder, name));

    private static string Root()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var corpus = Path.Combine(directory.FullName, "tests", "corpus");
            if (Directory.Exists(corpus))
            {
                return corpus;
            }
        }

        throw new DirectoryNotFoundException($"no folder tests/corpus above {AppContext.BaseDirectory}");
    }
}
