using System.Globalization;
using Clew.Api.Http;
using Clew.Model;
using Clew.Otlp.Json;
using Clew.Otlp.Wire;
using Clew.Query.ById;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Tempo;

/// <summary>A trace by its id: Tempo's two forms, and OTLP/JSON for our own pages and for everyone else's tools.</summary>
internal sealed class TraceEndpoints(ApiServices services)
{
    // "trace not found" alone is what old Grafana versions look for when they test a data source.
    private const string NotFound = "trace not found";

    /// <summary>v1: the bare trace, its list called <c>batches</c> in JSON; 404 when there is none.</summary>
    public async Task TempoV1Async(HttpContext context, TenantId tenant)
    {
        using var trace = await FindAsync(context, tenant, TraceForm.ForTempoClients).ConfigureAwait(false);
        if (!trace.Found)
        {
            throw new ApiException(StatusCodes.Status404NotFound, NotFound);
        }

        if (MediaTypes.WantsProtobuf(context.Request))
        {
            await JsonAnswer.SendAsync(context, MediaTypes.Protobuf, trace.Traces).ConfigureAwait(false);
            return;
        }

        await JsonAnswer.WriteAsync(context, json => OtlpJsonWriter.WriteTraces(json, trace.Traces.Span, OtlpJsonDialect.Tempo, "batches"))
            .ConfigureAwait(false);
    }

    /// <summary>v2: the trace in a wrapper. A trace that is not there is 200 with an empty one.</summary>
    public async Task TempoV2Async(HttpContext context, TenantId tenant)
    {
        using var trace = await FindAsync(context, tenant, TraceForm.ForTempoClients).ConfigureAwait(false);
        if (MediaTypes.WantsProtobuf(context.Request))
        {
            using var buffer = new PooledBuffer(trace.Traces.Length + 64);
            WriteResponse(buffer, trace);
            await JsonAnswer.SendAsync(context, MediaTypes.Protobuf, buffer.WrittenMemory).ConfigureAwait(false);
            return;
        }

        await JsonAnswer.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WritePropertyName("trace");
            OtlpJsonWriter.WriteTraces(json, trace.Traces.Span, OtlpJsonDialect.Tempo);
            json.WriteStartObject("metrics");
            if (trace.Stats.InspectedBytes > 0)
            {
                json.WriteString("inspectedBytes", trace.Stats.InspectedBytes.ToString(CultureInfo.InvariantCulture));
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }).ConfigureAwait(false);
    }

    /// <summary>The trace as it came in, as OTLP/JSON or, when asked for, OTLP protobuf; its id in any form that people type.</summary>
    public async Task OtlpAsync(HttpContext context, TenantId tenant)
    {
        using var trace = await FindAsync(context, tenant, TraceForm.AsReceived).ConfigureAwait(false);
        if (!trace.Found)
        {
            throw new ApiException(StatusCodes.Status404NotFound, NotFound);
        }

        if (MediaTypes.WantsProtobuf(context.Request))
        {
            await JsonAnswer.SendAsync(context, MediaTypes.Protobuf, trace.Traces).ConfigureAwait(false);
            return;
        }

        await JsonAnswer.WriteAsync(context, json => OtlpJsonWriter.WriteTraces(json, trace.Traces.Span, OtlpJsonDialect.OtlpHex)).ConfigureAwait(false);
    }

    private Task<TraceByIdResult> FindAsync(HttpContext context, TenantId tenant, TraceForm form)
    {
        var text = (string)context.Request.RouteValues["id"]!;
        if (form is not TraceForm.AsReceived || !TypedTraceId.TryRead(text, out var id))
        {
            id = TraceIdText.Parse(text);
        }

        var window = new QueryParameters(context.Request).OpenWindow();
        return services.Engine.FindTraceAsync(tenant, id, form, window, context.RequestAborted);
    }

    // The trace is written even when it is empty: Grafana's reader dereferences it, and the metrics, without asking.
    private static void WriteResponse(PooledBuffer buffer, TraceByIdResult trace)
    {
        var writer = new ProtoWriter(buffer);
        writer.BytesField(TempoFields.TraceById.Trace, trace.Traces.Span);
        var metrics = writer.BeginMessage(TempoFields.TraceById.Metrics);
        if (trace.Stats.InspectedBytes > 0)
        {
            writer.VarintField(TempoFields.TraceByIdMetrics.InspectedBytes, (ulong)trace.Stats.InspectedBytes);
        }

        writer.EndMessage(metrics);
    }
}
