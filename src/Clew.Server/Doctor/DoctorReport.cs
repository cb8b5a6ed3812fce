using System.Text.Json.Serialization;

namespace Clew.Server.Doctor;

/// <summary>How bad a finding is.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Severity>))]
internal enum Severity
{
    /// <summary>It was looked at and is well.</summary>
    Ok,

    /// <summary>Nothing to do, but it explains something.</summary>
    Info,

    /// <summary>Somebody may need to act.</summary>
    Warning,

    /// <summary>Spans are not collected, or not shown, because of this.</summary>
    Error,
}

/// <summary>One finding. <paramref name="Code"/> is stable, for translations and scripts; the texts are for a person.</summary>
/// <param name="Code">For example <c>nothing-received</c>.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Title">What was found, in one sentence.</param>
/// <param name="Detail">What it was found from.</param>
/// <param name="WayOut">What to do; null when nothing is to be done.</param>
internal sealed record Finding(string Code, Severity Severity, string Title, string? Detail = null, string? WayOut = null);

/// <summary>The answer of <c>/api/v1/doctor</c>: the likely cause first.</summary>
internal sealed record DoctorReport(DateTimeOffset Time, string Verdict, IReadOnlyList<Finding> Findings);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
