using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration;

/// <summary>What loading a configuration asks of the machine; tests bring their own.</summary>
internal interface IConfigEnvironment
{
    /// <summary>The value of an environment variable, null when it is not set.</summary>
    string? GetVariable(string name);

    /// <summary>The text of a file.</summary>
    /// <exception cref="IOException">It cannot be read; the message says why.</exception>
    string ReadFile(string path);

    string GetFullPath(string path);

    /// <summary>True in a container, where a loopback address cannot be reached from outside.</summary>
    bool IsContainer { get; }
}

/// <summary>The real machine.</summary>
internal sealed class ProcessEnvironment : IConfigEnvironment
{
    public static ProcessEnvironment Instance { get; } = new();

    public bool IsContainer =>
        string.Equals(GetVariable("DOTNET_RUNNING_IN_CONTAINER"), "true", StringComparison.OrdinalIgnoreCase)
        || GetVariable("KUBERNETES_SERVICE_HOST") is not null
        || File.Exists("/.dockerenv")
        || File.Exists("/run/.containerenv");

    public string? GetVariable(string name) => Environment.GetEnvironmentVariable(name);

    public string ReadFile(string path)
    {
        if (Directory.Exists(path))
        {
            throw new IOException("it is a folder; name a file");
        }

        try
        {
            var length = new FileInfo(path).Length;
            if (length > YamlReader.MaxCharacters)
            {
                throw new IOException($"it has {length} bytes, more than the {YamlReader.MaxCharacters} that a configuration may have");
            }

            return File.ReadAllText(path);
        }
        catch (FileNotFoundException)
        {
            throw new IOException("there is no such file");
        }
        catch (DirectoryNotFoundException)
        {
            throw new IOException("there is no such folder");
        }
        catch (UnauthorizedAccessException)
        {
            throw new IOException("this user may not read it");
        }
    }

    public string GetFullPath(string path) => Path.GetFullPath(path);
}
