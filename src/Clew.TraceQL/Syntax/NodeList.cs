using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Clew.TraceQL.Syntax;

/// <summary>An immutable list that compares by its elements, so that the records which hold it do too.</summary>
[CollectionBuilder(typeof(NodeList), nameof(NodeList.Create))]
public readonly struct NodeList<T> : IReadOnlyList<T>, IEquatable<NodeList<T>>
{
    private readonly ImmutableArray<T> _items;

    internal NodeList(ImmutableArray<T> items) => _items = items;

    public int Count => _items.IsDefault ? 0 : _items.Length;

    public T this[int index] => Items[index];

    private ImmutableArray<T> Items => _items.IsDefault ? [] : _items;

    public ReadOnlySpan<T> AsSpan() => Items.AsSpan();

    public bool Equals(NodeList<T> other) => AsSpan().SequenceEqual(other.AsSpan(), EqualityComparer<T>.Default);

    public override bool Equals(object? obj) => obj is NodeList<T> other && Equals(other);

    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var item in Items)
        {
            hash.Add(item);
        }

        return hash.ToHashCode();
    }

    public ImmutableArray<T>.Enumerator GetEnumerator() => Items.GetEnumerator();

    IEnumerator<T> IEnumerable<T>.GetEnumerator() => ((IEnumerable<T>)Items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable)Items).GetEnumerator();

    public static bool operator ==(NodeList<T> left, NodeList<T> right) => left.Equals(right);

    public static bool operator !=(NodeList<T> left, NodeList<T> right) => !left.Equals(right);
}

/// <summary>Builds <see cref="NodeList{T}"/> from collection expressions.</summary>
public static class NodeList
{
    public static NodeList<T> Create<T>(ReadOnlySpan<T> items) => new([.. items]);
}
