namespace Clew.Receivers.Telemetry;

/// <summary>A receiver that tells what it has seen, a row for each of its protocols.</summary>
public interface IReceiverStatusSource
{
    IReadOnlyList<ReceiverStatus> Status { get; }
}
