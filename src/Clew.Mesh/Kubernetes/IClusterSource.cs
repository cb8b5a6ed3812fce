namespace Clew.Mesh.Kubernetes;

/// <summary>Where knowledge of a cluster comes from.</summary>
public interface IClusterSource
{
    ClusterSnapshot Current { get; }

    /// <summary>Null while all is well, else a sentence that says what is missing and what to do.</summary>
    string? Problem { get; }
}
