namespace Clew.EndToEnd.Tests.Harness;

/// <summary>A folder of the test's own, gone when the test is.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("clew-e2e-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
