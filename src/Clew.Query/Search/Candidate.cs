using Clew.Model;

namespace Clew.Query.Search;

/// <summary>A trace that may match.</summary>
/// <param name="Id">Which.</param>
/// <param name="StartUnixNano">The start of the part that one source has: never before the start of the whole trace.</param>
/// <param name="Source">Which source it was found in.</param>
/// <param name="Row">Its row in the source's trace table.</param>
/// <param name="IsSplit">Whether it is not whole there.</param>
internal readonly record struct Candidate(TraceId Id, long StartUnixNano, int Source, int Row, bool IsSplit);
