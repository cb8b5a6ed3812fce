using System.Globalization;

namespace Clew.Semantics;

/// <summary>gRPC status codes, which senders write as a number or as a name.</summary>
internal static class GrpcCode
{
    private static readonly string[] Names =
    [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    ];

    /// <summary>The code as a number in text; what is neither number nor name stays as it is.</summary>
    public static string Number(string code)
    {
        var index = Array.FindIndex(Names, name => name.Equals(code, StringComparison.OrdinalIgnoreCase) || Same(name, code));
        return index >= 0 ? index.ToString(CultureInfo.InvariantCulture) : code;
    }

    /// <summary>The codes that are the server's fault (OpenTelemetry's conventions for gRPC).</summary>
    public static bool IsServerError(int code) => code is 2 or 4 or 12 or 13 or 14 or 15;

    /// <summary>Some write <c>DeadlineExceeded</c>.</summary>
    private static bool Same(string name, string code) =>
        code.Length > 0 && !char.IsAsciiDigit(code[0]) && name.Replace("_", "", StringComparison.Ordinal).Equals(code, StringComparison.OrdinalIgnoreCase);
}
