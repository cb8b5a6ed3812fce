namespace Clew.EndToEnd.Tests.Harness;

/// <summary>
/// Damages the write-ahead log of a stopped server as a crash or a disk would. Knows of the format only that the log lies under
/// <c>wal</c> in the data folder, and holds the sent bytes as they are.
/// </summary>
internal static class WalFiles
{
    /// <summary>Cuts the log in the middle of the record that holds <paramref name="marker"/>, and with it everything after.</summary>
    public static void CutInside(string data, byte[] marker)
    {
        var (file, position) = Find(data, marker);
        using var stream = file.Open(FileMode.Open, FileAccess.Write);
        stream.SetLength(position + marker.Length / 2);
    }

    /// <summary>Changes one byte of <paramref name="marker"/> where it is in the log.</summary>
    public static void FlipInside(string data, byte[] marker)
    {
        var (file, position) = Find(data, marker);
        using var stream = file.Open(FileMode.Open, FileAccess.Write);
        stream.Position = position;
        stream.WriteByte((byte)(marker[0] ^ 0x20));
    }

    /// <summary>Puts bytes behind the last record, where a torn write leaves them. The file that holds the marker is the newest one.</summary>
    public static void AppendAfter(string data, byte[] marker, byte[] garbage)
    {
        var (file, _) = Find(data, marker);
        var bytes = File.ReadAllBytes(file.FullName);
        using var stream = file.Open(FileMode.Open, FileAccess.Write);
        // A file that was made larger beforehand ends in zeros.
        stream.Position = bytes.AsSpan().TrimEnd((byte)0).Length;
        stream.Write(garbage);
    }

    private static (FileInfo File, int Position) Find(string data, byte[] marker)
    {
        var folder = new DirectoryInfo(Path.Combine(data, "wal"));
        var files = folder.EnumerateFiles("*", SearchOption.AllDirectories).OrderByDescending(static it => it.LastWriteTimeUtc).ToArray();
        foreach (var file in files)
        {
            var position = File.ReadAllBytes(file.FullName).AsSpan().LastIndexOf(marker);
            if (position >= 0)
            {
                return (file, position);
            }
        }

        throw new InvalidOperationException($"No file holds the record: {string.Join(", ", files.Select(static it => $"{it.FullName} ({it.Length} bytes)"))}");
    }
}
