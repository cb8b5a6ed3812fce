using Clew.Model;

namespace Clew.Query.Search;

/// <summary>A trace that may match, with the start of the part that one source has: never before the start of the whole trace.</summary>
internal readonly record struct Candidate(TraceId Id, long StartUnixNano);
