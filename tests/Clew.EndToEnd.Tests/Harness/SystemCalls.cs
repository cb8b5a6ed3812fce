using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Clew.EndToEnd.Tests.Harness;

/// <summary>A system call of a traced process: what it was done to, the bytes it was given, the lines of the trace on which it began and ended.</summary>
internal sealed record SystemCall(string Name, string Target, byte[] Bytes, int Began, int Ended, bool Succeeded);

/// <summary>
/// Watches a process with strace: writes and syncs of files, and what goes out over sockets. The order of lines in the trace is the order in which
/// calls began and ended, over all threads.
/// </summary>
internal static partial class SystemCalls
{
    private const string Watched = "trace=fdatasync,fsync,pwrite64,pwritev,pwritev2,write,writev,sendto,sendmsg";

    /// <summary>The program in front of the one to watch, for <see cref="ClewProcess.StartUnderAsync"/>.</summary>
    /// <param name="file">Takes the trace.</param>
    /// <param name="syncDelay">By so much every <c>fdatasync</c> returns later.</param>
    public static string[] Watcher(string file, TimeSpan syncDelay)
    {
        string[] delay = syncDelay > TimeSpan.Zero
            ? ["-e", string.Create(CultureInfo.InvariantCulture, $"inject=fdatasync:delay_exit={(long)syncDelay.TotalMicroseconds}")]
            : [];
        // -D: the watcher steps aside, and the process that is started becomes the program.
        return ["strace", "-D", "-f", "-yy", "-xx", "-s", "1000000", "-o", file, "-e", Watched, .. delay];
    }

    /// <summary>The finished trace of a process that has ended.</summary>
    public static async Task<List<SystemCall>> ReadAsync(string file)
    {
        var lines = Array.Empty<string>();
        await Poll.UntilAsync(
            async () => (lines = await File.ReadAllLinesAsync(file)).Length > 0 && lines[^1].EndsWith("+++", StringComparison.Ordinal),
            () => $"the trace in {file} has no end; its last line: {lines.LastOrDefault()}");
        var calls = new List<SystemCall>();
        var open = new Dictionary<string, (string Name, string Arguments, int Line)>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (Resumed().Match(lines[i]) is { Success: true } resumed)
            {
                if (open.Remove(resumed.Groups["pid"].Value, out var call))
                {
                    calls.Add(Call(call.Name, call.Arguments, call.Line, i, resumed.Groups["rest"].Value));
                }
            }
            else if (Begun().Match(lines[i]) is { Success: true } begun)
            {
                var (name, rest) = (begun.Groups["name"].Value, begun.Groups["rest"].Value);
                if (rest.EndsWith("<unfinished ...>", StringComparison.Ordinal))
                {
                    open[begun.Groups["pid"].Value] = (name, rest, i);
                }
                else
                {
                    calls.Add(Call(name, rest, i, i, rest));
                }
            }
        }

        return calls;
    }

    private static SystemCall Call(string name, string arguments, int began, int ended, string end) => new(
        name, Encoding.UTF8.GetString(Decode(Descriptor().Match(arguments).Groups["target"].ValueSpan)),
        [.. Quoted().Matches(arguments).SelectMany(static text => Decode(text.Groups["text"].ValueSpan))], began, ended,
        Result().Match(end) is { Success: true } result && result.Groups["value"].Value[0] != '-');

    /// <summary>With -xx every byte of a text is written as \x and two digits; what strace adds to it is not.</summary>
    private static byte[] Decode(ReadOnlySpan<char> text)
    {
        var bytes = new List<byte>(text.Length / 4);
        for (var i = 0; i < text.Length;)
        {
            if (text[i..].StartsWith("\\x", StringComparison.Ordinal))
            {
                bytes.Add(byte.Parse(text.Slice(i + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 4;
            }
            else
            {
                bytes.Add((byte)text[i++]);
            }
        }

        return [.. bytes];
    }

    [GeneratedRegex(@"^(?<pid>\d+) +<\.\.\. (?<name>\w+) resumed>(?<rest>.*)$")]
    private static partial Regex Resumed();

    [GeneratedRegex(@"^(?<pid>\d+) +(?<name>\w+)\((?<rest>.*)$")]
    private static partial Regex Begun();

    [GeneratedRegex("^\\d+<(?<target>[^\"]*?)>[,)]|^\\d+<(?<target>[^\"]*)> <unfinished")]
    private static partial Regex Descriptor();

    [GeneratedRegex("\"(?<text>[^\"]*)\"")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\) += (?<value>\S+)[^=]*$")]
    private static partial Regex Result();
}
