namespace Clew.Parquet.Tests;

/// <summary>A folder of its own for one test, removed at the end.</summary>
internal sealed class TempFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clew-parquet-");

    public string File(string name) => Path.Combine(_folder.FullName, name);

    public string Write(string name, byte[] content)
    {
        string path = File(name);
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
