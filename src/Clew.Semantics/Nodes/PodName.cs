namespace Clew.Semantics.Nodes;

/// <summary>From a pod's name to the workload that made it, by the suffixes that Kubernetes appends.</summary>
internal static class PodName
{
    // Kubernetes writes its random suffixes without vowels and without 0, 1, 3, so that no words come out (apimachinery, util/rand).
    private const string SuffixLetters = "bcdfghjklmnpqrstvwxz2456789";

    private const int PodSuffixLength = 5;

    /// <summary>
    /// <c>reviews-v1-545db77b95-8q5cl</c> is reviews-v1, <c>store-0</c> is store, <c>agent-x7k2p</c> is agent; a name with none of
    /// these suffixes is its own workload.
    /// </summary>
    public static string Workload(string pod)
    {
        if (TryDeployment(pod, out var workload))
        {
            return workload;
        }

        var dash = pod.LastIndexOf('-');
        if (dash <= 0)
        {
            return pod;
        }

        var last = pod.AsSpan(dash + 1);
        var isOrdinal = last.Length is > 0 and <= 4 && !last.ContainsAnyExceptInRange('0', '9');
        return isOrdinal || IsSuffix(last, PodSuffixLength, PodSuffixLength) ? pod[..dash] : pod;
    }

    /// <summary>True for <c>name-hash-suffix</c>: sure enough to be recognised in a host name.</summary>
    public static bool TryDeployment(string pod, out string workload)
    {
        workload = pod;
        var second = pod.LastIndexOf('-');
        var first = second > 0 ? pod.LastIndexOf('-', second - 1) : -1;
        if (first <= 0 || !IsSuffix(pod.AsSpan(second + 1), PodSuffixLength, PodSuffixLength) || !IsSuffix(pod.AsSpan(first + 1, second - first - 1), 6, 10))
        {
            return false;
        }

        workload = pod[..first];
        return true;
    }

    private static bool IsSuffix(ReadOnlySpan<char> text, int least, int most) =>
        text.Length >= least && text.Length <= most && !text.ContainsAnyExcept(SuffixLetters);
}
