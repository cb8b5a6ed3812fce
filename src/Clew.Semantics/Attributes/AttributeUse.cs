using Clew.Model;

namespace Clew.Semantics.Attributes;

/// <summary>What of an attribute decides a span's <see cref="SpanFacts"/>.</summary>
public enum UsedAs
{
    /// <summary>Nothing: it may differ between spans of the same facts.</summary>
    Nothing,

    /// <summary>That it is there.</summary>
    Presence,

    /// <summary>Scheme and host of the URL.</summary>
    Host,

    /// <summary>Its value.</summary>
    Value,
}

/// <summary>
/// Tells which attributes of a span decide its facts, so that facts are derived once for all spans that agree in these. The addresses of a
/// callee are asked for only when nothing else names it: an address of its own on nearly every span would otherwise make facts of its own.
/// Follows <c>FactsDerivation.Callee</c>.
/// </summary>
/// <param name="kind">Of the span.</param>
/// <param name="namesPeer">The span has a <c>peer.service</c> that is not empty.</param>
/// <param name="namesHost">The span has one of <c>server.address</c>, <c>net.peer.name</c>, <c>peer.hostname</c> that is not empty.</param>
public readonly struct AttributeUse(SpanKind kind, bool namesPeer, bool namesHost)
{
    private readonly bool _isCaller = kind is SpanKind.Client or SpanKind.Producer;
    private readonly bool _namesPeer = namesPeer;
    private readonly bool _namesHost = namesHost;

    public UsedAs Of(SemanticKey key) => key switch
    {
        >= SemanticKey.RequestSize => UsedAs.Nothing,
        >= SemanticKey.ServerAddress and <= SemanticKey.PeerPort => IsAddressUsed(key) ? UsedAs.Value : UsedAs.Nothing,
        SemanticKey.HttpUrl or SemanticKey.UrlFull or SemanticKey.HttpHost => _isCaller && !_namesPeer && !_namesHost ? UsedAs.Host : UsedAs.Presence,
        SemanticKey.GrpcPath => UsedAs.Presence,
        _ => UsedAs.Value,
    };

    /// <summary>A URL up to its path; what is no URL stays whole.</summary>
    public static ReadOnlySpan<byte> HostOfUrl(ReadOnlySpan<byte> url)
    {
        var scheme = url.IndexOf("://"u8);
        if (scheme < 0)
        {
            return url;
        }

        var end = url[(scheme + 3)..].IndexOfAny((byte)'/', (byte)'?', (byte)'#');
        return end < 0 ? url : url[..(scheme + 3 + end)];
    }

    private bool IsAddressUsed(SemanticKey key) => _isCaller && !_namesPeer && (!_namesHost || key is
        SemanticKey.ServerAddress or SemanticKey.NetPeerName or SemanticKey.PeerHostname or SemanticKey.ServerPort or SemanticKey.NetPeerPort);
}
