using System.Globalization;
using Clew.Query;
using Microsoft.AspNetCore.Http;

namespace Clew.Api.Http;

/// <summary>
/// What an answer rests on, as headers: Grafana's reader refuses a body with fields that it does not know.
/// </summary>
internal static class AnswerHeaders
{
    /// <summary>Sources searched, sources that could hold an answer, sources in all.</summary>
    public const string Searched = "X-Clew-Searched";

    public const string InspectedSpans = "X-Clew-Inspected-Spans";

    /// <summary>Requests to the bucket; absent where there were none.</summary>
    public const string StoreRequests = "X-Clew-Store-Requests";

    /// <summary>Which limit ended the query; absent when the answer is complete.</summary>
    public const string Incomplete = "X-Clew-Incomplete";

    public static void Add(HttpResponse response, QueryStats stats)
    {
        response.Headers[Searched] = string.Create(CultureInfo.InvariantCulture, $"{stats.SearchedSources}/{stats.RelevantSources}/{stats.TotalSources}");
        response.Headers[InspectedSpans] = stats.InspectedSpans.ToString(CultureInfo.InvariantCulture);
        if (stats.StoreRequests > 0)
        {
            response.Headers[StoreRequests] = stats.StoreRequests.ToString(CultureInfo.InvariantCulture);
        }

        if (stats.Incomplete is { } reason)
        {
            response.Headers[Incomplete] = reason;
        }
    }
}
