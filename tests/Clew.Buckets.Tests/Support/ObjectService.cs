using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;

namespace Clew.Buckets.Tests.Support;

/// <summary>A program that serves objects, started once for the classes that share it, stopped by the end of its input.</summary>
public abstract class ObjectService : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clew-service-");
    private Process? _process;
    private int _buckets;

    protected string Folder => _folder.FullName;

    protected int Port { get; } = FreePort();

    protected abstract ProcessStartInfo Start();

    /// <summary>The line that says that it serves.</summary>
    protected abstract string Ready { get; }

    protected string NextBucket() => $"clew-{Interlocked.Increment(ref _buckets)}-{Guid.NewGuid():n}";

    public async ValueTask InitializeAsync()
    {
        var start = Start();
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        var said = new List<string>();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += Heard;
        _process.ErrorDataReceived += Heard;
        _process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"{start.FileName} ended. It said:\n{Said()}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        try
        {
            await ready.Task.WaitAsync(Deadline);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{start.FileName} is not ready after {Deadline}. It said:\n{Said()}");
        }

        void Heard(object sender, DataReceivedEventArgs line)
        {
            if (line.Data is { } text)
            {
                lock (said)
                {
                    said.Add(text);
                }

                if (text.Contains(Ready, StringComparison.Ordinal))
                {
                    ready.TrySetResult();
                }
            }
        }

        string Said()
        {
            lock (said)
            {
                return string.Join('\n', said);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            try
            {
                if (!EndsWithItsInput)
                {
                    _process.Kill(entireProcessTree: true);
                }

                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process?.Dispose();
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }

    protected virtual bool EndsWithItsInput => true;

    protected static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Clew.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException("no Clew.slnx above the test");
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

/// <summary>A real Ceph RADOS Gateway, as scripts/rgw.sh starts it.</summary>
public class RadosGateway : ObjectService
{
    public const string AccessKey = "clew";
    public const string SecretKey = "clew-secret";

    protected override string Ready => "ready";

    public string Endpoint => $"127.0.0.1:{Port}";

    /// <summary>Makes a bucket of its own for a test; answers its name.</summary>
    public async Task<string> BucketAsync()
    {
        var bucket = NextBucket();
        using var admin = Admin();
        await admin.PutBucketAsync(bucket);
        return bucket;
    }

    /// <summary>Amazon's client, to look at what is in a bucket with other eyes than ours.</summary>
    public AmazonS3Client Admin() => new(
        new BasicAWSCredentials(AccessKey, SecretKey),
        new AmazonS3Config { ServiceURL = $"http://{Endpoint}", ForcePathStyle = true, AuthenticationRegion = "us-east-1" });

    protected override ProcessStartInfo Start() => new(Path.Combine(Root(), "scripts", "rgw.sh")) { ArgumentList = { "run", Path.Combine(Folder, "rgw"), $"{Port}" } };
}
