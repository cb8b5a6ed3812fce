using System.Globalization;
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
internal sealed record Finding(string Code, Severity Severity, string Title, string? Detail = null, string? WayOut = null)
{
    /// <summary>The names and numbers in the title, in their order there: what a translation of the sentence needs.</summary>
    public IReadOnlyList<string>? TitleValues { get; init; }

    /// <summary>The same of the detail; null when it is another program's words.</summary>
    public IReadOnlyList<string>? DetailValues { get; init; }

    public static Finding Of(string code, Severity severity, FormattableString title, FormattableString? detail = null, string? wayOut = null) =>
        new(code, severity, FormattableString.Invariant(title), detail is null ? null : FormattableString.Invariant(detail), wayOut)
        {
            TitleValues = Values(title), DetailValues = detail is null ? null : Values(detail),
        };

    private static List<string>? Values(FormattableString text) =>
        text.ArgumentCount == 0 ? null : [.. text.GetArguments().Select(static value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")];
}

/// <summary>The answer of <c>/api/v1/doctor</c>: the likely cause first.</summary>
internal sealed record DoctorReport(DateTimeOffset Time, string Verdict, IReadOnlyList<Finding> Findings);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DoctorReport))]
internal sealed partial class DoctorJson : JsonSerializerContext;
