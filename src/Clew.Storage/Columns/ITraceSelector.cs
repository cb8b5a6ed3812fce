using System.Collections;

namespace Clew.Storage.Columns;

/// <summary>
/// Decides, from columns alone, which traces of a source a rule means: retention by rule and deletion by TraceQL. Storage declares it,
/// Query implements it, Server wires the two, so that Storage never learns the language.
/// </summary>
public interface ITraceSelector
{
    /// <summary>One bit a row of <see cref="ISpanSource.Traces"/>.</summary>
    ValueTask<BitArray> SelectAsync(ISpanSource source, CancellationToken cancellationToken);
}

/// <summary>Makes a selector from the text of a rule; throws <see cref="FormatException"/> with the parser's words when it is not one.</summary>
public interface ITraceSelectorFactory
{
    ITraceSelector Create(string filter);
}
