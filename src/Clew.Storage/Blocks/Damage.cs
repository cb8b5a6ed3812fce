using Clew.Parquet;

namespace Clew.Storage.Blocks;

/// <summary>Tells damaged bytes from a store that does not answer: what is damaged is set aside, what does not answer is tried again.</summary>
internal static class Damage
{
    public static bool Is(Exception fault) => fault is BlockCorruptException or ParquetCorruptException or InvalidDataException;
}
