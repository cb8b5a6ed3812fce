using System.Text;

namespace Clew.Parquet;

/// <summary>A flat column: a physical type, required or optional. Made by the static methods.</summary>
public sealed class ParquetColumn
{
    private ParquetColumn(string name, ParquetType type, bool optional, bool isString, int fixedLength)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Utf8Name = Encoding.UTF8.GetBytes(name);
        if (Utf8Name.Length > ParquetLimits.MaxNameBytes)
        {
            throw new ArgumentException($"a column name of {Utf8Name.Length} bytes is longer than {ParquetLimits.MaxNameBytes}", nameof(name));
        }

        Name = name;
        Type = type;
        IsOptional = optional;
        IsString = isString;
        FixedLength = fixedLength;
    }

    public string Name { get; }

    internal byte[] Utf8Name { get; }

    public ParquetType Type { get; }

    /// <summary>True if the column may hold nulls (OPTIONAL, definition levels are written); false for REQUIRED.</summary>
    public bool IsOptional { get; }

    /// <summary>True for a BYTE_ARRAY marked as UTF-8 text. The writer does not check the bytes.</summary>
    public bool IsString { get; }

    /// <summary>Bytes per value of a FIXED_LEN_BYTE_ARRAY, else 0.</summary>
    public int FixedLength { get; }

    public static ParquetColumn Boolean(string name, bool optional = false) => new(name, ParquetType.Boolean, optional, false, 0);

    public static ParquetColumn Int32(string name, bool optional = false) => new(name, ParquetType.Int32, optional, false, 0);

    public static ParquetColumn Int64(string name, bool optional = false) => new(name, ParquetType.Int64, optional, false, 0);

    public static ParquetColumn Double(string name, bool optional = false) => new(name, ParquetType.Double, optional, false, 0);

    public static ParquetColumn String(string name, bool optional = false) => new(name, ParquetType.ByteArray, optional, true, 0);

    public static ParquetColumn Bytes(string name, bool optional = false) => new(name, ParquetType.ByteArray, optional, false, 0);

    public static ParquetColumn Fixed(string name, int length, bool optional = false)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, ParquetLimits.MaxFixedLength);
        return new(name, ParquetType.FixedLenByteArray, optional, false, length);
    }

    public override string ToString() =>
        $"{Name} {(IsOptional ? "optional" : "required")} {Type}{(IsString ? " (string)" : "")}{(FixedLength > 0 ? $"({FixedLength})" : "")}";
}
