using Clew.Receivers.Rpc;
using Clew.Receivers.Intake;
using Clew.Receivers.Listeners;
using Clew.Receivers.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Clew.Receivers.Otlp;

/// <summary>
/// Both OTLP protocols on every port of the receiver: a sender that took the wrong one of 4317 and 4318 is served all the same, as long as
/// the protocol that it speaks is on.
/// </summary>
internal static class OtlpRoutes
{
    public static void AddOtlp(this IServiceCollection services, OtlpIngest ingest)
    {
        if (ingest.Options.Http?.Cors is not null)
        {
            services.AddCors();
        }
    }

    public static void MapOtlp(this WebApplication app, OtlpIngest ingest, ConnectionAge? maxAge)
    {
        if (ingest.Options.Http is { } http)
        {
            if (http.ResponseHeaders.Count > 0)
            {
                app.Use((context, next) =>
                {
                    foreach (var (name, value) in http.ResponseHeaders)
                    {
                        context.Response.Headers[name] = value;
                    }

                    return next(context);
                });
            }

            if (http.Cors is { } cors)
            {
                app.UseCors(policy => OtlpCors.Build(policy, cors));
            }
        }

        var grpcEndpoint = ingest.Options.Grpc is { } grpcOptions ? new OtlpGrpcEndpoint(ingest, grpcOptions) : null;
        var httpEndpoint = ingest.Options.Http is { } httpOptions ? new OtlpHttpEndpoint(ingest, httpOptions) : null;
        app.Run(async context =>
        {
            maxAge?.Check(context);
            try
            {
                await (GrpcRequest.IsGrpc(context.Request) ? DispatchGrpcAsync(context, ingest, grpcEndpoint) : DispatchHttpAsync(context, ingest, httpEndpoint));
            }
            catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
            {
                // The client has gone; there is nobody to answer.
            }
        });
    }

    private static Task DispatchGrpcAsync(HttpContext context, OtlpIngest ingest, OtlpGrpcEndpoint? endpoint)
    {
        if (!HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            var text = OtlpHints.GrpcNeedsHttp2(context.Request.Protocol);
            ingest.Grpc.RequestRefused(RequestFault.WrongMethod, text.TrimEnd());
            return OtlpText.WriteAsync(context, StatusCodes.Status426UpgradeRequired, text);
        }

        if (endpoint is not null)
        {
            return endpoint.HandleAsync(context);
        }

        var hint = ingest.Hints.UnknownGrpcMethod(context.Request.Path);
        ingest.Grpc.RequestRefused(RequestFault.UnknownPath, hint);
        GrpcResponse.Refuse(context, Refusal.Unsupported(hint));
        return Task.CompletedTask;
    }

    private static Task DispatchHttpAsync(HttpContext context, OtlpIngest ingest, OtlpHttpEndpoint? endpoint)
    {
        var path = context.Request.Path.Value ?? "/";
        var http = ingest.Options.Http;
        if (endpoint is not null && http is not null)
        {
            if (Same(path, http.TracesPath))
            {
                return endpoint.TracesAsync(context);
            }

            if (Same(path, http.MetricsPath))
            {
                return endpoint.UnsupportedAsync(context, "metrics");
            }

            if (Same(path, http.LogsPath))
            {
                return endpoint.UnsupportedAsync(context, "logs");
            }
        }

        if (path == "/" && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)))
        {
            return OtlpText.WriteAsync(context, StatusCodes.Status200OK, ingest.Hints.Greeting(context.Connection.LocalPort));
        }

        var hint = http is null && Same(path, "/v1/traces") ? ingest.Hints.HttpOff(path) : ingest.Hints.UnknownPath(context.Request.Method, path);
        ingest.Http.RequestRefused(RequestFault.UnknownPath, hint.TrimEnd());
        return OtlpText.WriteAsync(context, StatusCodes.Status404NotFound, hint);
    }

    /// <summary>A trailing slash makes no difference.</summary>
    private static bool Same(string path, string configured) =>
        path.AsSpan().TrimEnd('/').Equals(configured.AsSpan().TrimEnd('/'), StringComparison.OrdinalIgnoreCase) && path.Length > 1;
}
