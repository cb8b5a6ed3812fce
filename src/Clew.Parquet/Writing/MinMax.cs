using System.Numerics;
using System.Runtime.InteropServices;

namespace Clew.Parquet;

/// <summary>Smallest and largest of a non-empty span in one pass, in vectors.</summary>
internal static class MinMax
{
    public static (T Min, T Max) Of<T>(ReadOnlySpan<T> values)
        where T : unmanaged, INumber<T>
    {
        T min = values[0];
        T max = values[0];
        int lanes = Vector<T>.Count;
        int i = 0;
        if (values.Length >= lanes)
        {
            Vector<T> mins = new(values);
            Vector<T> maxs = mins;
            ref T first = ref MemoryMarshal.GetReference(values);
            for (i = lanes; i <= values.Length - lanes; i += lanes)
            {
                Vector<T> next = Vector.LoadUnsafe(ref first, (nuint)i);
                mins = Vector.Min(mins, next);
                maxs = Vector.Max(maxs, next);
            }

            for (int lane = 0; lane < lanes; lane++)
            {
                min = T.Min(min, mins[lane]);
                max = T.Max(max, maxs[lane]);
            }
        }

        for (; i < values.Length; i++)
        {
            min = T.Min(min, values[i]);
            max = T.Max(max, values[i]);
        }

        return (min, max);
    }
}
