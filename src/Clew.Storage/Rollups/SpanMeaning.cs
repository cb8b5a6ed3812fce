using System.Buffers.Text;
using Clew.Model;
using Clew.Semantics.Attributes;
using Clew.Storage.Head;

namespace Clew.Storage.Rollups;

/// <summary>
/// The attributes with a meaning that a head has just put into columns for one span, as codes. Two spans of one resource whose
/// <see cref="Signature"/> agrees have the same facts, so that most spans' facts are found without reading their bytes again. Filled by
/// <see cref="HeadAttributes"/>, one span after the other; for one thread.
/// </summary>
internal sealed class SpanMeaning
{
    private readonly List<Value> _values = [];
    private readonly ByteInterner _hosts = new();
    private readonly Size[] _sizes = new Size[SemanticKey.HttpResponseContentLength - SemanticKey.RequestSize + 1];
    private ulong[] _signature = new ulong[16];
    private bool _hasSizes;
    private bool _namesPeer;
    private bool _namesHost;

    /// <summary>False when the codes do not tell everything: an array, a second value of a key, a sampler's attributes. Then the span is read.</summary>
    public bool IsWhole { get; private set; }

    public long AllocatedBytes => _hosts.AllocatedBytes;

    /// <summary>Begins the next span.</summary>
    public void Begin()
    {
        _values.Clear();
        IsWhole = true;
        _namesPeer = false;
        _namesHost = false;
        if (_hasSizes)
        {
            Array.Clear(_sizes);
            _hasSizes = false;
        }
    }

    /// <summary>Says that an attribute is in no column, or not alone in it.</summary>
    public void Break() => IsWhole = false;

    public void Text(SemanticKey key, HeadColumn column, int code, ReadOnlySpan<byte> text)
    {
        if (key >= SemanticKey.RequestSize)
        {
            AddSize(key, Utf8Parser.TryParse(text, out double bytes, out var used) && used == text.Length ? bytes : null);
            return;
        }

        _values.Add(new Value(key, AttributeType.String, code, column));
        Name(key, text.Length > 0);
    }

    public void Number(SemanticKey key, AttributeType type, long number)
    {
        if (key >= SemanticKey.RequestSize)
        {
            AddSize(key, type == AttributeType.Double ? BitConverter.Int64BitsToDouble(number) : number);
            return;
        }

        _values.Add(new Value(key, type, number, null));
        Name(key, true);
    }

    /// <summary>What decides the facts of the span, among spans of this head. Valid until the next call.</summary>
    public ReadOnlySpan<ulong> Signature(SpanKind kind, int resource)
    {
        if (_signature.Length < (2 * _values.Count) + 1)
        {
            _signature = new ulong[4 * _values.Count];
        }

        var use = new AttributeUse(kind, _namesPeer, _namesHost);
        _signature[0] = ((ulong)(uint)resource << 8) | (byte)kind;
        var length = 1;
        foreach (var value in _values)
        {
            var usedAs = use.Of(value.Key);
            if (usedAs == UsedAs.Nothing)
            {
                continue;
            }

            _signature[length++] = ((ulong)value.Key << 16) | ((ulong)value.Type << 8) | (ulong)usedAs;
            if (usedAs != UsedAs.Presence)
            {
                _signature[length++] = usedAs == UsedAs.Host && value.Column is { } column ? (ulong)Host(column, value.Number) : (ulong)value.Number;
            }
        }

        return _signature.AsSpan(0, length);
    }

    public long RequestBytes => SizeOf(SemanticKey.HttpRequestBodySize, SemanticKey.RequestSize, SemanticKey.HttpRequestContentLength);

    public long ResponseBytes => SizeOf(SemanticKey.HttpResponseBodySize, SemanticKey.ResponseSize, SemanticKey.HttpResponseContentLength);

    public void Release() => _hosts.Release();

    private int Host(HeadColumn column, long code) => _hosts.Intern(AttributeUse.HostOfUrl(column.Values![(int)code]));

    private void Name(SemanticKey key, bool isSaid)
    {
        _namesPeer |= isSaid && key == SemanticKey.PeerService;
        _namesHost |= isSaid && key is SemanticKey.ServerAddress or SemanticKey.NetPeerName or SemanticKey.PeerHostname;
    }

    private void AddSize(SemanticKey key, double? bytes)
    {
        if (key > SemanticKey.HttpResponseContentLength)
        {
            Break();
            return;
        }

        _hasSizes = true;
        _sizes[key - SemanticKey.RequestSize] = new Size(bytes is not null, bytes is > 0 and < 1e15 ? (long)bytes : 0);
    }

    private long SizeOf(SemanticKey newest, SemanticKey envoy, SemanticKey older)
    {
        if (!_hasSizes)
        {
            return 0;
        }

        foreach (var key in (ReadOnlySpan<SemanticKey>)[newest, envoy, older])
        {
            var size = _sizes[key - SemanticKey.RequestSize];
            if (size.IsNumber)
            {
                return size.Bytes;
            }
        }

        return 0;
    }

    private readonly record struct Value(SemanticKey Key, AttributeType Type, long Number, HeadColumn? Column);

    private readonly record struct Size(bool IsNumber, long Bytes);
}
