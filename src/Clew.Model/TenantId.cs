using System.Buffers;

namespace Clew.Model;

/// <summary>
/// The owner of a batch, a storage path, a cache key, a query. The rule for its text is Tempo's: 1 to 150 bytes of
/// <c>A–Z a–z 0–9 ! - _ . * ' ( )</c>, and neither <c>.</c> nor <c>..</c>, so that it is always a safe folder name.
/// </summary>
public readonly record struct TenantId
{
    /// <summary>The longest accepted id, in bytes.</summary>
    public const int MaxLength = 150;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!-_.*'()");

    private readonly string? _value;

    private TenantId(string value) => _value = value;

    /// <summary>The tenant of every request when tenants are off.</summary>
    public static TenantId Single { get; } = new("single-tenant");

    public string Value => _value ?? Single._value!;

    /// <summary>False when the text breaks the rule; <paramref name="error"/> then says which part, for the sender.</summary>
    public static bool TryParse(string? text, out TenantId tenant, out string? error)
    {
        tenant = default;
        if (string.IsNullOrEmpty(text))
        {
            error = "no org id";
            return false;
        }

        if (text.Length > MaxLength)
        {
            error = $"tenant id is {text.Length} bytes long; use at most {MaxLength}";
            return false;
        }

        var bad = text.AsSpan().IndexOfAnyExcept(Allowed);
        if (bad >= 0)
        {
            error = $"tenant id '{text}' has the unsupported character '{text[bad]}' at position {bad + 1}";
            return false;
        }

        if (text is "." or "..")
        {
            error = $"tenant id '{text}' is not allowed; '.' and '..' are folder names";
            return false;
        }

        tenant = new TenantId(text);
        error = null;
        return true;
    }

    public override string ToString() => Value;
}
