using Clew.Otlp.Wire;
using Grpc.Core;

namespace Clew.Api.Grpc;

/// <summary>
/// Sends a list of items in as many messages as it takes: Grafana's client takes 4 MiB a message, Tempo stays near 1 MiB. An item that is
/// larger by itself goes alone.
/// </summary>
internal sealed class MessageCutter(IServerStreamWriter<WireMessage> answers) : IDisposable
{
    public const int MaxMessageBytes = 1 << 20;

    /// <summary>What is left for the end of a message, which comes after its items.</summary>
    private const int EndBytes = 4096;

    private readonly PooledBuffer _buffer = new(64 << 10);

    /// <param name="items">What is sent.</param>
    /// <param name="writeItem">Appends one item.</param>
    /// <param name="writeEnd">Appends what every message ends with.</param>
    /// <param name="cancellationToken">Of the call.</param>
    public async Task SendAsync<T>(IEnumerable<T> items, Action<PooledBuffer, T> writeItem, Action<PooledBuffer> writeEnd, CancellationToken cancellationToken)
    {
        _buffer.Clear();
        foreach (var item in items)
        {
            var before = _buffer.Length;
            writeItem(_buffer, item);
            if (before > 0 && _buffer.Length > MaxMessageBytes - EndBytes)
            {
                var next = _buffer.Written[before..].ToArray();
                _buffer.Truncate(before);
                await FlushAsync(writeEnd, cancellationToken).ConfigureAwait(false);
                _buffer.Write(next);
            }
        }

        await FlushAsync(writeEnd, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _buffer.Dispose();

    private async Task FlushAsync(Action<PooledBuffer> writeEnd, CancellationToken cancellationToken)
    {
        writeEnd(_buffer);
        await answers.WriteAsync(new WireMessage(_buffer.WrittenMemory), cancellationToken).ConfigureAwait(false);
        _buffer.Clear();
    }
}
