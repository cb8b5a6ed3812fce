namespace Clew.Storage.Columns;

/// <summary>The distinct values of a String or Bytes column in one row group, as bytes; code <c>i</c> is entry <c>i</c>.</summary>
public abstract class DictionaryView
{
    public abstract int Count { get; }

    public abstract ReadOnlySpan<byte> this[int code] { get; }

    /// <summary>The code of a value, or -1 when no row of the row group has it.</summary>
    public virtual int Find(ReadOnlySpan<byte> value)
    {
        for (var code = 0; code < Count; code++)
        {
            if (this[code].SequenceEqual(value))
            {
                return code;
            }
        }

        return -1;
    }
}
