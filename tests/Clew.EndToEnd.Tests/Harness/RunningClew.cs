using Clew.EndToEnd.Tests.Api;
using Clew.EndToEnd.Tests.Harness;
using Clew.EndToEnd.Tests.Otlp;

namespace Clew.EndToEnd.Tests.Harness;

/// <summary>A server for all tests of a class that do not disturb it. Tests tell their data apart by service name.</summary>
public sealed class RunningClew : IAsyncLifetime
{
    private readonly TempFolder _data = new();
    private ClewProcess? _process;

    internal ClewProcess Process => _process ?? throw new InvalidOperationException("The server was not started.");

    internal ClewApi Api { get; private set; } = null!;

    internal OtlpSender Sender { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _process = await ClewProcess.StartAsync(_data.Path);
        Api = new ClewApi(_process.Http);
        Sender = new OtlpSender(_process);
    }

    public async ValueTask DisposeAsync()
    {
        Sender?.Dispose();
        Api?.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _data.Dispose();
    }
}
