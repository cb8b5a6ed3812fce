namespace Clew.Server.Configuration;

/// <summary>The <c>jaegerremotesampling</c> extension: tells SDKs how to sample.</summary>
internal sealed record RemoteSamplingConfig : ExtensionConfig
{
    /// <summary>Each speaks HTTP and gRPC.</summary>
    public ValueList<Endpoint> Endpoints { get; init; } = [];

    public string File { get; init; } = "";

    public string Contents { get; init; } = "";

    /// <summary>Zero: the file is read once.</summary>
    public TimeSpan ReloadInterval { get; init; }
}
