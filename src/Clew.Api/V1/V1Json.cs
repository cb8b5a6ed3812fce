using System.Text.Json;
using System.Text.Json.Serialization;
using Clew.Api.V1.Analysis;
using Clew.Api.V1.Editor;
using Clew.Api.V1.Saved;
using Clew.Api.V1.Services;
using Clew.Api.V1.Traces;
using Clew.Query.Diff;
using Clew.TraceQL;
using Clew.TraceQL.Completion;

namespace Clew.Api.V1;

/// <summary>The records of this room's answers, in camelCase; what is null is left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    Converters =
    [
        typeof(CamelCaseEnum<TokenClass>), typeof(CamelCaseEnum<DiagnosticSeverity>), typeof(CamelCaseEnum<DiagnosticPhase>),
        typeof(CamelCaseEnum<CompletionSituation>), typeof(CamelCaseEnum<CompletionItemKind>), typeof(CamelCaseEnum<SpanChange>),
    ])]
[JsonSerializable(typeof(Breakdown))]
[JsonSerializable(typeof(Comparison))]
[JsonSerializable(typeof(QueryReport))]
[JsonSerializable(typeof(AttributeNames))]
[JsonSerializable(typeof(AttributeValues))]
[JsonSerializable(typeof(DiffReport))]
[JsonSerializable(typeof(StructureReport))]
[JsonSerializable(typeof(ExceptionReport))]
[JsonSerializable(typeof(EmptyReport))]
[JsonSerializable(typeof(SavedSearches))]
[JsonSerializable(typeof(SavedSearchBody))]
[JsonSerializable(typeof(ShortLink))]
[JsonSerializable(typeof(ShortLinkBody))]
[JsonSerializable(typeof(ServiceList))]
[JsonSerializable(typeof(OperationList))]
[JsonSerializable(typeof(ServiceDependencies))]
[JsonSerializable(typeof(UiReport))]
internal sealed partial class V1Json : JsonSerializerContext;

/// <summary>Enums as words in camelCase.</summary>
internal sealed class CamelCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase)
    where T : struct, Enum;
