using Clew.Pipeline.Components;
using Clew.Pipeline.Exporters.Sending;

namespace Clew.Server.Configuration;

/// <summary>An exporter with a queue whose sender the pipeline defines. Two are equal when they were written alike.</summary>
internal sealed record SenderExporterConfig : NetworkExporterConfig
{
    public required Func<NetworkExporterConfig, ComponentServices, ITraceSender> CreateSender { get; init; }

    /// <summary>Where to, for people; empty: the address.</summary>
    public string Shown { get; init; } = "";

    /// <summary>The component's text in one line, which may contain secrets.</summary>
    public Secret Settings { get; init; }

    public bool Equals(SenderExporterConfig? other) => other is not null && Id == other.Id && Settings.Reveal() == other.Settings.Reveal();

    public override int GetHashCode() => HashCode.Combine(Id, Settings.Reveal());
}
