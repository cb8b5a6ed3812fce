using Microsoft.AspNetCore.Http;

namespace Clew.Api.Http;

internal static class MediaTypes
{
    public const string Json = "application/json";
    public const string Protobuf = "application/protobuf";
    public const string PlainText = "text/plain; charset=utf-8";

    /// <summary>Whether the client asks for protobuf: by substring, as Tempo does it.</summary>
    public static bool WantsProtobuf(HttpRequest request) => request.Headers.Accept.ToString().Contains(Protobuf, StringComparison.OrdinalIgnoreCase);
}
