using Clew.Api.V1;

namespace Clew.Server.Doctor;

/// <summary>
/// <c>GET /api/v1/doctor</c> looks without touching anything; <c>POST</c> also sends test spans, which are stored like any other.
/// </summary>
internal static class DoctorEndpoints
{
    public static void Map(ApiV1 api, Func<Doctor> doctor)
    {
        Add("GET", "doctor", "Why no traces arrive, as far as looking tells", test: false);
        Add("POST", "doctorTest", "The same, with test spans that are sent and stored like any other", test: true);

        void Add(string method, string id, string summary, bool test) => api.Add(
            new ApiOperation(method, "/api/v1/doctor", id, summary) { Tag = "server", Answers = [new ApiContent("application/json")] },
            async (context, tenant) =>
            {
                var report = await doctor().ExamineAsync(tenant, test, context.RequestAborted).ConfigureAwait(false);
                await ApiJson.WriteAsync(context, report, DoctorJson.Default.DoctorReport).ConfigureAwait(false);
            });
    }
}
