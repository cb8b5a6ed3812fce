using System.Text;
using Microsoft.AspNetCore.Http;

namespace Clew.Receivers.Otlp;

/// <summary>Answers in plain text.</summary>
internal static class OtlpText
{
    public static async Task WriteAsync(HttpContext http, int status, string text)
    {
        var body = Encoding.UTF8.GetBytes(text);
        http.Response.StatusCode = status;
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.ContentLength = body.Length;
        await http.Response.BodyWriter.WriteAsync(body, http.RequestAborted);
    }
}
