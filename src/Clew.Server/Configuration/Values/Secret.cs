namespace Clew.Server.Configuration;

/// <summary>A value that must not be printed. Only <see cref="Reveal"/> gives it; every other way of showing it gives <c>***</c>.</summary>
internal readonly record struct Secret
{
    public const string Mask = "***";

    private readonly string? _text;

    public Secret(string text) => _text = text;

    public bool IsEmpty => string.IsNullOrEmpty(_text);

    public string Reveal() => _text ?? "";

    public override string ToString() => IsEmpty ? "" : Mask;
}
