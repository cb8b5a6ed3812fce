using System.Text;

namespace Clew.Storage.Backends;

/// <summary>
/// The rule for keys of every backend: slash-separated names, none of them empty, <c>.</c> or <c>..</c>, without control characters
/// or backslashes. It keeps a key inside the folder or bucket prefix it was meant for, on every operating system.
/// </summary>
internal static class ObjectKey
{
    /// <summary>S3's limit, in bytes of UTF-8.</summary>
    public const int MaxBytes = 1024;

    /// <summary>The limit of a file name on the usual file systems, in bytes of UTF-8.</summary>
    public const int MaxNameBytes = 255;

    /// <exception cref="ArgumentException">The key breaks the rule; the message says where.</exception>
    public static void Check(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        if (Encoding.UTF8.GetByteCount(key) > MaxBytes)
        {
            throw new ArgumentException($"object key '{key[..40]}…' is longer than {MaxBytes} bytes", nameof(key));
        }

        foreach (var range in key.AsSpan().Split('/'))
        {
            var name = key.AsSpan(range);
            if (name.IsEmpty || name is "." or ".." || Encoding.UTF8.GetByteCount(name) > MaxNameBytes)
            {
                throw new ArgumentException(
                    $"object key '{key}' has a part that is empty, '.', '..' or longer than {MaxNameBytes} bytes", nameof(key));
            }

            foreach (var c in name)
            {
                if (char.IsControl(c) || c == '\\')
                {
                    throw new ArgumentException($"object key '{key}' has a backslash or a control character", nameof(key));
                }
            }
        }
    }
}
