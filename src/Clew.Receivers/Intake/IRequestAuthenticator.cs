using Microsoft.AspNetCore.Http;

namespace Clew.Receivers.Intake;

/// <summary>Says who sends a request. A receiver asks it before it reads the body; without one nobody is asked.</summary>
public interface IRequestAuthenticator
{
    ValueTask<AuthOutcome> CheckAsync(IHeaderDictionary headers, CancellationToken cancellationToken);
}

/// <summary>What is known of a sender: attributes for <c>from_context: auth.NAME</c>, or why it is refused.</summary>
public readonly record struct AuthOutcome(IReadOnlyDictionary<string, string[]>? Identity, string? Reason)
{
    public static AuthOutcome Refused(string reason) => new(null, reason);
}
