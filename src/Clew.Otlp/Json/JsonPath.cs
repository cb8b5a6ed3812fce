using System.Globalization;
using System.Text;

namespace Clew.Otlp.Json;

/// <summary>Where a reader stands in a JSON document; costs nothing but two stores a step until someone asks for the text.</summary>
internal sealed class JsonPath
{
    private (string? Name, int Index)[] _steps = new (string?, int)[16];
    private int _count;

    public void Enter(string name) => Push((name, 0));

    public void EnterItem(int index) => Push((null, index));

    public void Leave() => _count--;

    /// <summary>For example <c>resourceSpans[0].scopeSpans[1].spans[4].traceId</c>; <c>$</c> for the document itself.</summary>
    public override string ToString()
    {
        if (_count == 0)
        {
            return "$";
        }

        var text = new StringBuilder();
        foreach (var (name, index) in _steps.AsSpan(0, _count))
        {
            _ = name is null
                ? text.Append(CultureInfo.InvariantCulture, $"[{index}]")
                : text.Append(text.Length > 0 ? "." : "").Append(name);
        }

        return text.ToString();
    }

    private void Push((string? Name, int Index) step)
    {
        if (_count == _steps.Length)
        {
            Array.Resize(ref _steps, 2 * _count);
        }

        _steps[_count++] = step;
    }
}
