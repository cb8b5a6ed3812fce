using Clew.Receivers.Intake;
using Clew.Receivers.Telemetry;
using Grpc.AspNetCore.Server.Model;
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
        services.AddSingleton(ingest);
        if (ingest.Options.Grpc is { } grpc)
        {
            services.AddSingleton(new OtlpGrpcService(ingest, grpc));
            services.AddSingleton<IServiceMethodProvider<OtlpGrpcService>, OtlpGrpcMethods>();
            services.AddGrpc(options =>
            {
                options.MaxReceiveMessageSize = grpc.MaxMessageBytes;
                options.IgnoreUnknownServices = true;
                options.CompressionProviders.Clear();
                foreach (var encoding in Decompression.GrpcEncodings)
                {
                    options.CompressionProviders.Add(new LimitedCompressionProvider(encoding, grpc.MaxMessageBytes));
                }
            });
        }

        if (ingest.Options.Http?.Cors is not null)
        {
            services.AddCors();
        }
    }

    public static void MapOtlp(this WebApplication app, OtlpIngest ingest)
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

        if (ingest.Options.Grpc is not null)
        {
            app.MapGrpcService<OtlpGrpcService>();
        }

        var endpoint = ingest.Options.Http is { } options ? new OtlpHttpEndpoint(ingest, options) : null;
        app.Map("/{**path}", context => DispatchAsync(context, ingest, endpoint));
    }

    private static Task DispatchAsync(HttpContext context, OtlpIngest ingest, OtlpHttpEndpoint? endpoint)
    {
        var path = context.Request.Path.Value ?? "/";
        if (IsGrpc(context.Request))
        {
            return RefuseGrpcAsync(context, ingest, path);
        }

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

    /// <summary><c>application/grpc</c>, alone or with a codec or parameters; <c>application/grpc-web</c> is another protocol.</summary>
    private static bool IsGrpc(HttpRequest request)
    {
        const string Grpc = "application/grpc";
        var type = request.ContentType.AsSpan();
        return type.StartsWith(Grpc, StringComparison.OrdinalIgnoreCase) && (type.Length == Grpc.Length || type[Grpc.Length] is '+' or ';' or ' ');
    }

    /// <summary>An answer of headers only, which gRPC clients read as a status.</summary>
    private static Task RefuseGrpcAsync(HttpContext context, OtlpIngest ingest, string path)
    {
        var hint = ingest.Hints.UnknownGrpcMethod(path);
        ingest.Grpc.RequestRefused(RequestFault.UnknownPath, hint);
        context.Response.ContentType = "application/grpc";
        context.Response.Headers.GrpcStatus = "12";
        context.Response.Headers.GrpcMessage = Uri.EscapeDataString(hint);
        return Task.CompletedTask;
    }

    /// <summary>A trailing slash makes no difference.</summary>
    private static bool Same(string path, string configured) =>
        path.AsSpan().TrimEnd('/').Equals(configured.AsSpan().TrimEnd('/'), StringComparison.OrdinalIgnoreCase) && path.Length > 1;
}
