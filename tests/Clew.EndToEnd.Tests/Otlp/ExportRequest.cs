namespace Clew.EndToEnd.Tests.Otlp;

/// <summary>The bytes of an ExportTraceServiceRequest.</summary>
internal static class ExportRequest
{
    public static byte[] Of(string service, params IEnumerable<TestSpan> spans) => Of(service, spans.Select(static span => span.Encode()));

    /// <summary>For spans that are wrong on purpose, and so have no other form than their bytes.</summary>
    public static byte[] Of(string service, IEnumerable<ProtoMessage> spans)
    {
        var scope = new ProtoMessage().Message(1, new ProtoMessage().Text(1, "e2e"));
        foreach (var span in spans)
        {
            scope.Message(2, span);
        }

        var resource = new ProtoMessage().Message(1, TestSpan.KeyValue("service.name", service));
        return new ProtoMessage().Message(1, new ProtoMessage().Message(1, resource).Message(2, scope)).ToArray();
    }
}
