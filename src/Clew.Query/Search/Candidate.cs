using Clew.Model;

namespace Clew.Query.Search;

/// <summary>A trace that may match.</summary>
/// <param name="Id">Which.</param>
/// <param name="StartUnixNano">The start of the part that one source has: never before the start of the whole trace.</param>
/// <param name="NeedsOther">The part alone cannot match: it has a chance only if another source has more of the trace.</param>
/// <param name="Source">Which source it was found in.</param>
internal readonly record struct Candidate(TraceId Id, long StartUnixNano, bool NeedsOther, int Source);
