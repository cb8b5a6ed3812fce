using Clew.Storage.Columns;
using Clew.Storage.Deletion;

namespace Clew.Storage.Head;

/// <summary>Deleted traces that a head had taken in before they were deleted. They go with the next cut.</summary>
internal sealed partial class HeadSegment
{
    private DeletedTraces? _deleted;

    /// <summary>True while rows of deleted traces are here, hidden.</summary>
    public bool HasDeleted => Volatile.Read(ref _deleted) is not null;

    /// <summary>On the log's writer, or before anybody else knows the head.</summary>
    public void MarkDeleted(DeletedTraces deleted)
    {
        if (deleted.In(new HeadView(this, _starts.Count).Traces).Count > 0)
        {
            Volatile.Write(ref _deleted, deleted);
        }
    }

    /// <summary>What is published, without deleted traces.</summary>
    public ISpanSource Visible() => Volatile.Read(ref _deleted) is { } deleted ? deleted.Mask(View()) : View();
}
