using Clew.Model;

namespace Clew.Storage.Blocks.Building;

/// <summary>The spans of one trace that were added already: a span's identity is its id and kind.</summary>
internal sealed class SeenSpans
{
    private (ulong Id, int Kind, int Trace)[] _slots = new (ulong, int, int)[256];
    private int _trace = 1;
    private int _count;

    /// <summary>Forgets everything. Costs nothing but the turn of a counter.</summary>
    public void Clear()
    {
        _count = 0;
        if (_trace++ == int.MaxValue)
        {
            _slots.AsSpan().Clear();
            _trace = 1;
        }
    }

    /// <summary>False when the span is there already.</summary>
    public bool Add(ulong spanId, SpanKind kind)
    {
        if (_count * 2 >= _slots.Length)
        {
            Grow();
        }

        ref var slot = ref Find(spanId, (int)kind);
        if (slot.Trace == _trace)
        {
            return false;
        }

        slot = (spanId, (int)kind, _trace);
        _count++;
        return true;
    }

    private ref (ulong Id, int Kind, int Trace) Find(ulong spanId, int kind)
    {
        var mask = _slots.Length - 1;
        var index = (int)((spanId * 0x9E3779B97F4A7C15) >> 32) & mask;
        while (true)
        {
            ref var slot = ref _slots[index];
            if (slot.Trace != _trace || (slot.Id == spanId && slot.Kind == kind))
            {
                return ref slot;
            }

            index = (index + 1) & mask;
        }
    }

    private void Grow()
    {
        var old = _slots;
        _slots = new (ulong, int, int)[old.Length * 2];
        foreach (var slot in old)
        {
            if (slot.Trace == _trace)
            {
                Find(slot.Id, slot.Kind) = slot;
            }
        }
    }
}
