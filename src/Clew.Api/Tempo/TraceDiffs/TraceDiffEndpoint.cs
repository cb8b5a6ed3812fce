using System.Text.Json;
using Clew.Api.Http;
using Clew.Api.V1;
using Clew.Model;
using Clew.Otlp.Json;
using Clew.Otlp.Wire;
using Clew.Query;
using Clew.Query.Diff;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Tempo.TraceDiffs;

/// <summary><c>POST /api/v2/traces/diff</c>, which Tempo calls experimental: what differs between two traces, for programs.</summary>
internal sealed class TraceDiffEndpoint(ApiServices services)
{
    /// <summary>A summary brings its patch along as long as that is small.</summary>
    private const int MaxComposedPatchBytes = 64 << 10;

    private readonly DiffQueries _diffs = new(services.Engine);

    public async Task DiffAsync(HttpContext context, TenantId tenant)
    {
        if (!HttpMethods.IsPost(context.Request.Method))
        {
            context.Response.Headers.Allow = HttpMethods.Post;
            throw new ApiException(StatusCodes.Status405MethodNotAllowed, "two traces are compared by POST");
        }

        var question = DiffQuestion.Parse(await ApiJson.ReadBytesAsync(context).ConfigureAwait(false));
        var diff = await CompareAsync(tenant, question, context.RequestAborted).ConfigureAwait(false);
        await JsonAnswer.WriteAsync(context, json => Write(json, question.Format, diff)).ConfigureAwait(false);
    }

    private async Task<TraceDiff> CompareAsync(TenantId tenant, DiffQuestion question, CancellationToken cancellationToken)
    {
        try
        {
            var diff = await _diffs.CompareAsync(
                tenant, question.Base, question.Compare, static id => throw ApiException.NotFound($"trace {id} not found"), cancellationToken).ConfigureAwait(false);
            return diff is { Cut: { } cut } ? throw new ApiException(StatusCodes.Status422UnprocessableEntity, cut) : diff!;
        }
        catch (QueryException fault) when (fault.Fault == QueryFault.TooLarge)
        {
            // Tempo's answer when the two do not fit its limit together.
            throw new ApiException(StatusCodes.Status429TooManyRequests, fault.Message);
        }
    }

    private static void Write(Utf8JsonWriter json, string format, TraceDiff diff)
    {
        switch (format)
        {
            case DiffQuestion.Summary:
                SummaryJson.Write(json, diff);
                break;
            case DiffQuestion.Composed:
                WriteComposed(json, diff);
                break;
            default:
                PatchJson.Write(json, diff);
                break;
        }
    }

    private static void WriteComposed(Utf8JsonWriter json, TraceDiff diff)
    {
        using var patch = new PooledBuffer();
        using (var inner = new Utf8JsonWriter(patch, OtlpJsonWriter.Options))
        {
            PatchJson.Write(inner, diff);
        }

        json.WriteStartObject();
        json.WriteString("version", DiffQuestion.Composed);
        json.WritePropertyName("summary");
        SummaryJson.Write(json, diff);
        if (patch.WrittenMemory.Length <= MaxComposedPatchBytes)
        {
            json.WritePropertyName("patch");
            json.WriteRawValue(patch.WrittenMemory.Span, skipInputValidation: true);
        }

        json.WriteEndObject();
    }
}
