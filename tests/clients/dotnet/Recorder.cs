using System.Diagnostics;
using OpenTelemetry;

namespace Clew.TestClient;

/// <summary>Keeps every finished span, in the order in which they finished.</summary>
internal sealed class Recorder : BaseProcessor<Activity>
{
    public List<Activity> Finished { get; } = [];

    public override void OnEnd(Activity data) => Finished.Add(data);
}
