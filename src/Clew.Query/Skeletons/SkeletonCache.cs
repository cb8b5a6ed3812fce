using Clew.Model;

namespace Clew.Query.Skeletons;

/// <summary>
/// Keeps the skeletons of large traces that were looked at last, so that their windows do not each read the whole trace. What is kept is used
/// only while every source has just the parts that it was made of. Thread-safe.
/// </summary>
internal sealed class SkeletonCache(long maxBytes)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Entry> _newestFirst = new();
    private long _bytes;

    public TraceSkeleton? Find(TenantId tenant, TraceId id, string parts)
    {
        lock (_gate)
        {
            for (var node = _newestFirst.First; node is not null; node = node.Next)
            {
                if (node.Value.Tenant == tenant && node.Value.Skeleton.Id == id && node.Value.Parts == parts)
                {
                    _newestFirst.Remove(node);
                    _newestFirst.AddFirst(node);
                    return node.Value.Skeleton;
                }
            }

            return null;
        }
    }

    public void Add(TenantId tenant, string parts, TraceSkeleton skeleton)
    {
        if (skeleton.SizeBytes > maxBytes)
        {
            return;
        }

        lock (_gate)
        {
            for (var node = _newestFirst.First; node is not null; node = node.Next)
            {
                // Of a trace that grew, the older form is of no use any more.
                if (node.Value.Tenant == tenant && node.Value.Skeleton.Id == skeleton.Id)
                {
                    Remove(node);
                    break;
                }
            }

            _newestFirst.AddFirst(new Entry(tenant, parts, skeleton));
            _bytes += skeleton.SizeBytes;
            while (_bytes > maxBytes)
            {
                Remove(_newestFirst.Last!);
            }
        }
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _newestFirst.Remove(node);
        _bytes -= node.Value.Skeleton.SizeBytes;
    }

    private sealed record Entry(TenantId Tenant, string Parts, TraceSkeleton Skeleton);
}
