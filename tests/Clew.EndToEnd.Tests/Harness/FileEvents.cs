namespace Clew.EndToEnd.Tests.Harness;

/// <summary>
/// Counts files that appear or are renamed in a data folder, the log's own left out: what is left is blocks being written. To be asked from
/// one place at a time.
/// </summary>
internal sealed class FileEvents : IDisposable
{
    private readonly FileSystemWatcher _watcher;
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _log;
    private int _left;

    /// <param name="data">The data folder.</param>
    /// <param name="count">How many events <see cref="Reached"/> waits for.</param>
    public FileEvents(string data, int count)
    {
        _log = Path.Combine(data, "wal") + Path.DirectorySeparatorChar;
        _left = count;
        _watcher = new FileSystemWatcher(data) { IncludeSubdirectories = true, NotifyFilter = NotifyFilters.FileName };
        _watcher.Created += Count;
        _watcher.Renamed += Count;
        _watcher.EnableRaisingEvents = true;
    }

    /// <summary>Completes with the last of the events.</summary>
    public Task Reached => _reached.Task;

    public void Dispose() => _watcher.Dispose();

    private void Count(object sender, FileSystemEventArgs file)
    {
        if (!file.FullPath.StartsWith(_log, StringComparison.Ordinal) && Interlocked.Decrement(ref _left) == 0)
        {
            _reached.TrySetResult();
        }
    }
}
