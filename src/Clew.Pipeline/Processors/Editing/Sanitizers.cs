using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Clew.Otlp.Editing;
using Clew.Pipeline.Text;

namespace Clew.Pipeline.Processors.Editing;

/// <summary>Replaces the parts of a URL's path that differ from request to request by <c>*</c>, and cuts query and fragment.</summary>
internal static class UrlSanitizer
{
    private static readonly GoRegex s_variable = GoRegex.Parse(
        @"^(?:[0-9]+|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|0x[0-9a-fA-F]+|[0-9a-fA-F]*[0-9][0-9a-fA-F]{7,}|[^/]*@[^/]*|[0-9]{4}-[0-9]{2}-[0-9]{2}.*|[A-Za-z_-]*[0-9]+[A-Za-z0-9_-]*)$");

    private static readonly GoRegex s_version = GoRegex.Parse(@"^v[0-9]{1,3}(?:(?:alpha|beta)[0-9]*)?$");

    public static string Sanitize(string url)
    {
        var end = url.AsSpan().IndexOfAny('?', '#');
        var text = end < 0 ? url : url[..end];
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var path = scheme < 0 ? text.IndexOf('/', StringComparison.Ordinal) : text.IndexOf('/', scheme + 3);
        return path < 0 ? text : text[..path] + string.Join('/', text[path..].Split('/').Select(part => s_variable.IsMatch(part) && !s_version.IsMatch(part) ? "*" : part));
    }
}

/// <summary>Replaces literal values in statements of databases by <c>?</c>, and keeps their structure.</summary>
internal static class DatabaseSanitizer
{
    /// <summary>The name under which the settings have the system that a span talks to; null when its attributes do not say.</summary>
    public static string? SystemOf(AttributeMap attributes) => ((attributes.Get("db.system.name") ?? attributes.Get("db.system")) as string) switch
    {
        null => null,
        "redis" or "valkey" => "redis",
        "memcached" => "memcached",
        "mongodb" => "mongo",
        "opensearch" => "opensearch",
        "elasticsearch" => "es",
        _ => "sql",
    };

    public static string Sanitize(string system, string statement) => system switch
    {
        "redis" or "memcached" => Command(statement),
        "mongo" or "opensearch" or "es" => Json(statement),
        _ => Sql(statement),
    };

    private static string Command(string statement) => string.Join('\n', statement.Split('\n').Select(static line =>
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length < 2 ? line : words[0] + " ?";
    }));

    private static string Json(string statement)
    {
        try
        {
            var bytes = Encoding.UTF8.GetBytes(statement);
            using var document = System.Text.Json.JsonDocument.Parse(bytes);
            using var buffer = new Otlp.Wire.PooledBuffer();
            using (var json = new System.Text.Json.Utf8JsonWriter(buffer))
            {
                Write(json, document.RootElement);
            }

            return Encoding.UTF8.GetString(buffer.Written);
        }
        catch (System.Text.Json.JsonException)
        {
            return Sql(statement);
        }
    }

    private static void Write(System.Text.Json.Utf8JsonWriter json, System.Text.Json.JsonElement element)
    {
        switch (element.ValueKind)
        {
            case System.Text.Json.JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var property in element.EnumerateObject())
                {
                    json.WritePropertyName(property.Name);
                    Write(json, property.Value);
                }

                json.WriteEndObject();
                break;
            case System.Text.Json.JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                {
                    Write(json, item);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue("?");
                break;
        }
    }

    private static string Sql(string statement)
    {
        var result = new StringBuilder();
        for (var i = 0; i < statement.Length;)
        {
            var c = statement[i];
            if (c is '\'')
            {
                i = EndOfText(statement, i);
                result.Append('?');
            }
            else if (char.IsAsciiDigit(c) && (i == 0 || !(char.IsLetterOrDigit(statement[i - 1]) || statement[i - 1] is '_' or '$' or '"' or '`')))
            {
                while (i < statement.Length && (char.IsAsciiLetterOrDigit(statement[i]) || statement[i] == '.'))
                {
                    i++;
                }

                result.Append('?');
            }
            else if (c == '-' && i + 1 < statement.Length && statement[i + 1] == '-')
            {
                var end = statement.IndexOf('\n', i);
                i = end < 0 ? statement.Length : end;
            }
            else if (c == '/' && i + 1 < statement.Length && statement[i + 1] == '*')
            {
                var end = statement.IndexOf("*/", i + 2, StringComparison.Ordinal);
                i = end < 0 ? statement.Length : end + 2;
            }
            else
            {
                result.Append(c);
                i++;
            }
        }

        return result.ToString().Trim();
    }

    private static int EndOfText(string statement, int start)
    {
        for (var i = start + 1; i < statement.Length; i++)
        {
            if (statement[i] == '\\')
            {
                i++;
            }
            else if (statement[i] == '\'')
            {
                if (i + 1 == statement.Length || statement[i + 1] != '\'')
                {
                    return i + 1;
                }

                i++;
            }
        }

        return statement.Length;
    }
}

/// <summary>SHA3-256. The platform's own needs a newer OpenSSL than many systems have.</summary>
internal static class Sha3
{
    private const int Rate = 136;

    private static readonly ulong[] s_round = RoundConstants();

    public static byte[] Hash256(ReadOnlySpan<byte> data)
    {
        Span<ulong> state = stackalloc ulong[25];
        state.Clear();
        Span<byte> block = stackalloc byte[Rate];
        while (data.Length >= Rate)
        {
            Absorb(state, data[..Rate]);
            data = data[Rate..];
        }

        block.Clear();
        data.CopyTo(block);
        block[data.Length] ^= 0x06;
        block[Rate - 1] ^= 0x80;
        Absorb(state, block);
        var hash = new byte[32];
        for (var i = 0; i < 4; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(hash.AsSpan(i * 8), state[i]);
        }

        return hash;
    }

    private static void Absorb(Span<ulong> state, ReadOnlySpan<byte> block)
    {
        for (var i = 0; i < Rate / 8; i++)
        {
            state[i] ^= BinaryPrimitives.ReadUInt64LittleEndian(block[(i * 8)..]);
        }

        Permute(state);
    }

    private static void Permute(Span<ulong> state)
    {
        Span<ulong> columns = stackalloc ulong[5];
        Span<ulong> moved = stackalloc ulong[25];
        foreach (var constant in s_round)
        {
            for (var x = 0; x < 5; x++)
            {
                columns[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
            }

            for (var i = 0; i < 25; i++)
            {
                state[i] ^= columns[(i + 4) % 5] ^ BitOperations.RotateLeft(columns[(i + 1) % 5], 1);
            }

            // Rho and pi: the lane at (x, y) turns and goes to (y, 2x + 3y).
            moved[0] = state[0];
            var (column, row) = (1, 0);
            for (var t = 0; t < 24; t++)
            {
                var (newColumn, newRow) = (row, ((2 * column) + (3 * row)) % 5);
                moved[newColumn + (5 * newRow)] = BitOperations.RotateLeft(state[column + (5 * row)], (t + 1) * (t + 2) / 2 % 64);
                (column, row) = (newColumn, newRow);
            }

            for (var i = 0; i < 25; i++)
            {
                var start = i - (i % 5);
                state[i] = moved[i] ^ (~moved[start + ((i + 1) % 5)] & moved[start + ((i + 2) % 5)]);
            }

            state[0] ^= constant;
        }
    }

    // The linear feedback register of the specification.
    private static ulong[] RoundConstants()
    {
        var constants = new ulong[24];
        var register = 1;
        for (var round = 0; round < 24; round++)
        {
            for (var j = 0; j < 7; j++)
            {
                if ((register & 1) != 0)
                {
                    constants[round] |= 1UL << ((1 << j) - 1);
                }

                register = (register << 1) ^ ((register >> 7) * 0x171);
            }
        }

        return constants;
    }
}
