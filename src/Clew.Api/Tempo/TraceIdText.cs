using System.Globalization;
using Clew.Api.Http;
using Clew.Model;

namespace Clew.Api.Tempo;

/// <summary>Trace ids as Tempo's paths take and its answers show them.</summary>
internal static class TraceIdText
{
    /// <summary>1 to 32 hex digits of either case, filled up with zeros on the left; anything else is a 400 in Tempo's words.</summary>
    public static TraceId Parse(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsAsciiHexDigit(text[i]))
            {
                throw ApiException.BadRequest($"trace IDs can only contain hex characters: invalid character '{text[i]}' at position {i + 1}");
            }
        }

        return TraceId.TryParse(text, out var id) ? id : throw ApiException.BadRequest("trace IDs can't be larger than 128 bits");
    }

    /// <summary>Without leading zeros, as search answers have it.</summary>
    public static string Short(TraceId id)
    {
        var text = id.High == 0 ? id.Low.ToString("x", CultureInfo.InvariantCulture) : id.ToString().TrimStart('0');
        return text.Length == 0 ? "0" : text;
    }
}
