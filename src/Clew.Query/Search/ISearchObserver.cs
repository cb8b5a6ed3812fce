namespace Clew.Query.Search;

/// <summary>Follows a search while it runs, for answers that come in parts. A slow observer slows the search down.</summary>
public interface ISearchObserver
{
    /// <summary>Called from time to time, never twice at once.</summary>
    /// <param name="settled">
    /// Gives the traces of the answer that nothing still to be searched can push out or change, in no particular order; those of earlier
    /// calls are among them. Valid during the call.
    /// </param>
    /// <param name="stats">What was searched so far.</param>
    /// <param name="cancellationToken">The search's own.</param>
    ValueTask OnProgressAsync(Func<IReadOnlyList<TraceResult>> settled, QueryStats stats, CancellationToken cancellationToken);
}
