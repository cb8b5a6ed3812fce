using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Clew.Receivers;

/// <summary>What a receiver takes from the program that runs it. None of it is owned by the receiver.</summary>
public sealed record ReceiverServices(ILoggerFactory Loggers, IMeterFactory Meters, TimeProvider Clock);
