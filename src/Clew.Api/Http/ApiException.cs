using Microsoft.AspNetCore.Http;

namespace Clew.Api.Http;

/// <summary>A request that cannot be answered: the status and a sentence for the sender, which the frame writes as plain text.</summary>
public sealed class ApiException(int status, string message) : Exception(message)
{
    public int Status => status;

    public static ApiException BadRequest(string message) => new(StatusCodes.Status400BadRequest, message);

    public static ApiException NotFound(string message) => new(StatusCodes.Status404NotFound, message);
}
