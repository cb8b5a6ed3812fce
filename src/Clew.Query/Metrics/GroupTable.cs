using System.Numerics;
using Clew.Query.Scan;
using Clew.Query.Values;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Metrics;

/// <summary>The groups that one worker has met: the numbers of their labels, and a series state each.</summary>
internal sealed class GroupTable(MetricsAggregate function, int intervals, bool withExemplars, int maxGroups)
{
    /// <summary>What stands for a group that no longer found room.</summary>
    public const int Full = -1;

    // Pairs of a prefix and a label are looked up in a flat table while it is this small, 256 KiB; beyond, by hash.
    private const int MaxFlatPairs = 1 << 16;

    private readonly Dictionary<long, int> _pairs = [];
    private int[] _flatPairs = [];
    private int _flatLabels;
    private readonly List<(int Prefix, int Label)> _prefixes = [];
    private readonly List<int> _groupOfPrefix = [];
    private readonly List<int> _prefixOfGroup = [];
    private int[] _first = [];
    private SeriesState[] _states = new SeriesState[16];
    private bool _isCut;

    /// <summary>Values of the labels.</summary>
    public ValueTable Values { get; } = new();

    public int Count { get; private set; }

    /// <summary>Keys that were made by <see cref="Extend"/>.</summary>
    public int KeyCount => _prefixes.Count;

    /// <summary>The states by group.</summary>
    public ReadOnlySpan<SeriesState> States => _states.AsSpan(0, Count);

    /// <summary>Extends a key by one label. Prefix -1 is the empty key.</summary>
    public int Extend(int prefix, int label)
    {
        if (prefix < 0)
        {
            // The first label is looked up in an array: with one label, which is the usual case, no hash is computed a row.
            var slot = label + 1;
            if (slot >= _first.Length)
            {
                var known = _first.Length;
                Array.Resize(ref _first, Math.Max(slot + 1, Math.Max(64, known * 2)));
                _first.AsSpan(known).Fill(-1);
            }

            if (_first[slot] < 0)
            {
                _first[slot] = Add(prefix, label);
            }

            return _first[slot];
        }

        if (label + 1 >= _flatLabels || ((long)prefix * _flatLabels) + label + 1 >= _flatPairs.Length)
        {
            return AddPair(prefix, label);
        }

        ref var pair = ref _flatPairs[(prefix * _flatLabels) + label + 1];
        return pair >= 0 ? pair : pair = AddPair(prefix, label);
    }

    private int AddPair(int prefix, int label)
    {
        Flatten(prefix, label);
        var key = ((long)prefix << 32) | (uint)label;
        if (!_pairs.TryGetValue(key, out var extended))
        {
            extended = Add(prefix, label);
            _pairs.Add(key, extended);
        }

        return extended;
    }

    /// <summary>Widens the flat table so that it covers the pair, unless it would become too large.</summary>
    private void Flatten(int prefix, int label)
    {
        var labels = label + 1 < _flatLabels ? _flatLabels : Math.Max(16, (int)BitOperations.RoundUpToPowerOf2((uint)label + 2));
        var prefixes = Math.Max(_flatLabels == 0 ? 0 : _flatPairs.Length / _flatLabels, (int)BitOperations.RoundUpToPowerOf2((uint)prefix + 1));
        if ((long)labels * prefixes > MaxFlatPairs || (labels == _flatLabels && labels * prefixes == _flatPairs.Length))
        {
            return;
        }

        _flatLabels = labels;
        _flatPairs = new int[labels * prefixes];
        _flatPairs.AsSpan().Fill(-1);
    }

    /// <summary>The group of a whole key.</summary>
    public int GroupOf(int prefix)
    {
        if (prefix < 0)
        {
            return Count > 0 ? 0 : NewGroup(prefix);
        }

        var group = _groupOfPrefix[prefix];
        return group != -2 ? group : _groupOfPrefix[prefix] = NewGroup(prefix);
    }

    public void AddTo(SeriesBuilder builder)
    {
        var labels = new QueryValue[function.By.Count];
        for (var group = 0; group < Count; group++)
        {
            var prefix = _prefixOfGroup[group];
            for (var i = labels.Length - 1; i >= 0; i--)
            {
                (prefix, var label) = _prefixes[prefix];
                labels[i] = Values[label];
            }

            builder.StateOf(labels)?.Merge(_states[group]);
        }

        if (_isCut)
        {
            builder.MarkCut();
        }
    }

    private int Add(int prefix, int label)
    {
        _prefixes.Add((prefix, label));
        _groupOfPrefix.Add(-2);
        return _prefixes.Count - 1;
    }

    private int NewGroup(int prefix)
    {
        if (Count >= maxGroups)
        {
            _isCut = true;
            return Full;
        }

        if (Count == _states.Length)
        {
            Array.Resize(ref _states, Count * 2);
        }

        _states[Count] = new SeriesState(function.Kind, intervals, withExemplars);
        _prefixOfGroup.Add(prefix);
        return Count++;
    }
}
