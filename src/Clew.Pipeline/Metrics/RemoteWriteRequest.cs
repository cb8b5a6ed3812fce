using Clew.Otlp.Wire;

namespace Clew.Pipeline.Metrics;

/// <summary>
/// Prometheus' remote write 1.0: a WriteRequest in protobuf, in snappy's block format. Fields: request {1 timeseries, 3 metadata}; series {1
/// label, 2 sample, 3 exemplar}; label {1 name, 2 value}; sample {1 value, 2 milliseconds}; exemplar {1 label, 2 value, 3 milliseconds};
/// metadata {1 type, 2 family, 4 help}.
/// </summary>
internal static class RemoteWriteRequest
{
    /// <summary>Series of one request.</summary>
    private const int MaxSeries = 2000;

    /// <summary>Bytes of a literal in snappy's format: the length fits two bytes behind the tag.</summary>
    private const int MaxLiteral = 1 << 16;

    /// <summary>The requests that carry the families as they are at a moment; each is compressed already.</summary>
    public static List<(byte[] Body, int Series)> Write(
        IEnumerable<MetricFamily> families, string prefix, IReadOnlyList<KeyValuePair<string, string>> externalLabels, bool withMetadata, long unixMillis)
    {
        var requests = new List<(byte[], int)>();
        using var buffer = new PooledBuffer();
        var count = 0;
        foreach (var family in families)
        {
            if (withMetadata && family.Points.Count > 0)
            {
                Metadata(buffer, family, prefix);
            }

            foreach (var point in family.Points)
            {
                if (family.Kind == MetricKind.Counter)
                {
                    Series(buffer, prefix + family.Name + "_total", point.Labels, externalLabels, null, point.Value, point.Exemplars, unixMillis, ref count);
                }
                else
                {
                    Histogram(buffer, family, prefix + family.Name, point, externalLabels, unixMillis, ref count);
                }

                if (count >= MaxSeries)
                {
                    requests.Add((Snappy(buffer.Written), count));
                    buffer.Clear();
                    count = 0;
                }
            }
        }

        if (count > 0)
        {
            requests.Add((Snappy(buffer.Written), count));
        }

        return requests;
    }

    /// <summary>
    /// Snappy's block format with literals alone. Every reader takes it; it does not make the request smaller, which on the way to a
    /// Prometheus nearby costs less than compressing.
    /// </summary>
    internal static byte[] Snappy(ReadOnlySpan<byte> data)
    {
        using var buffer = new PooledBuffer(data.Length + 16 + (data.Length / MaxLiteral * 3));
        new ProtoWriter(buffer).Varint((uint)data.Length);
        while (data.Length > 0)
        {
            var length = Math.Min(MaxLiteral, data.Length);
            // Tag 61: a literal whose length minus one stands in the next two bytes.
            buffer.Write([61 << 2, (byte)(length - 1), (byte)((length - 1) >> 8)]);
            buffer.Write(data[..length]);
            data = data[length..];
        }

        return buffer.Written.ToArray();
    }

    private static void Histogram(
        PooledBuffer buffer, MetricFamily family, string name, MetricPoint point, IReadOnlyList<KeyValuePair<string, string>> externalLabels, long unixMillis, ref int count)
    {
        for (var i = 0; i <= family.Bounds.Count; i++)
        {
            var bound = i < family.Bounds.Count ? family.Bounds[i] : double.PositiveInfinity;
            var below = i == 0 ? double.NegativeInfinity : family.Bounds[i - 1];
            var exemplars = point.Exemplars.Where(given => given.Value > below && given.Value <= bound).ToList();
            Series(buffer, name + "_bucket", point.Labels, externalLabels, PrometheusText.Number(bound), point.Buckets![i], exemplars, unixMillis, ref count);
        }

        Series(buffer, name + "_sum", point.Labels, externalLabels, null, point.Sum, [], unixMillis, ref count);
        Series(buffer, name + "_count", point.Labels, externalLabels, null, point.Value, [], unixMillis, ref count);
    }

    private static void Series(
        PooledBuffer buffer, string name, MetricLabels labels, IReadOnlyList<KeyValuePair<string, string>> externalLabels, string? le, double value,
        IReadOnlyList<MetricExemplar> exemplars, long unixMillis, ref int count)
    {
        var writer = new ProtoWriter(buffer);
        var series = writer.BeginMessage(1);
        // Labels must come sorted by name.
        var all = labels.Pairs.Concat(externalLabels).Append(new("__name__", name)).Append(new("le", le ?? ""))
            .Where(static pair => pair.Value.Length > 0).DistinctBy(static pair => pair.Key).OrderBy(static pair => pair.Key, StringComparer.Ordinal);
        foreach (var (label, text) in all)
        {
            Label(writer, label, text);
        }

        var sample = writer.BeginShortMessage(2);
        writer.DoubleField(1, value);
        writer.VarintField(2, (ulong)unixMillis);
        writer.EndShortMessage(sample);
        foreach (var exemplar in exemplars)
        {
            var message = writer.BeginShortMessage(3);
            Label(writer, "trace_id", exemplar.TraceId.ToString());
            Label(writer, "span_id", exemplar.SpanId.ToString());
            writer.DoubleField(2, exemplar.Value);
            writer.VarintField(3, (ulong)(exemplar.UnixNano / 1_000_000));
            writer.EndShortMessage(message);
        }

        writer.EndMessage(series);
        count++;
    }

    private static void Label(ProtoWriter writer, string name, string value)
    {
        var label = writer.BeginShortMessage(1);
        writer.StringField(1, name);
        writer.StringField(2, value);
        writer.EndShortMessage(label);
    }

    private static void Metadata(PooledBuffer buffer, MetricFamily family, string prefix)
    {
        var writer = new ProtoWriter(buffer);
        var metadata = writer.BeginShortMessage(3);
        writer.VarintField(1, family.Kind == MetricKind.Counter ? 1u : 3u);
        writer.StringField(2, prefix + family.Name);
        writer.StringField(4, family.Help);
        writer.EndShortMessage(metadata);
    }
}
