using Clew.Pipeline.Exporters.Sending;

namespace Clew.Server.Configuration;

/// <summary>An extension that adds credentials to what exporters send, or checks those of what receivers get.</summary>
internal sealed record ClientAuthConfig : ExtensionConfig
{
    /// <summary>Null when the extension has no settings for clients.</summary>
    public required Func<TimeProvider, IClientAuthenticator>? Create { get; init; }

    /// <summary>Checks who sends to a receiver; null when the extension has no settings for that.</summary>
    public Func<Clew.Receivers.Intake.IRequestAuthenticator>? CreateServer { get; init; }

    /// <summary>The component's text in one line, which contains secrets.</summary>
    public Secret Settings { get; init; }

    public bool Equals(ClientAuthConfig? other) => other is not null && Id == other.Id && Settings.Reveal() == other.Settings.Reveal();

    public override int GetHashCode() => HashCode.Combine(Id, Settings.Reveal());
}
