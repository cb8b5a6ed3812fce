namespace Clew.Otlp.Tests.Support;

/// <summary>Damage to bytes: changed, removed, inserted, cut, repeated. Driven by a seeded source.</summary>
internal static class Mutations
{
    public static byte[] Of(byte[] bytes, Random random)
    {
        var result = new List<byte>(bytes);
        for (var count = random.Next(1, 6); count > 0; count--)
        {
            var at = random.Next(result.Count + 1);
            switch (random.Next(5))
            {
                case 0 when at < result.Count:
                    result[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when at < result.Count:
                    result[at] = (byte)random.Next(256);
                    break;
                case 2:
                    result.RemoveRange(at, Math.Min(random.Next(8), result.Count - at));
                    break;
                case 3:
                    result.InsertRange(at, result.Skip(random.Next(result.Count + 1)).Take(random.Next(40)).ToArray());
                    break;
                default:
                    result.Insert(at, (byte)random.Next(256));
                    break;
            }
        }

        return [.. result];
    }
}
