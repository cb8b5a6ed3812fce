namespace Clew.Mesh.Health;

/// <summary>From best known to worst; the worst of several wins.</summary>
public enum HealthStatus
{
    NotApplicable,
    Healthy,
    NotReady,
    Degraded,
    Failure,
}

public static class HealthNames
{
    public static string Name(this HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "Healthy",
        HealthStatus.NotReady => "Not Ready",
        HealthStatus.Degraded => "Degraded",
        HealthStatus.Failure => "Failure",
        _ => "NA",
    };

    public static HealthStatus Worse(HealthStatus left, HealthStatus right) => left > right ? left : right;
}
