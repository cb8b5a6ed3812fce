namespace Clew.Api;

/// <summary>
/// Carries what <see cref="ClewApi.MapClewApi"/> is given to the parts that the framework makes itself (gRPC, MCP).
/// </summary>
internal sealed class ApiRegistration
{
    private ApiServices? _services;

    public ApiServices Services
    {
        get => _services ?? throw new InvalidOperationException("a request came before the API was mapped");
        set => _services = value;
    }
}
