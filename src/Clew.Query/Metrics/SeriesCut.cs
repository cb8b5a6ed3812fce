namespace Clew.Query.Metrics;

/// <summary>Cuts an answer to the numbers of series and exemplars that were asked for.</summary>
internal static class SeriesCut
{
    public static List<Series> Apply(List<Series> series, MetricsRequest request, QueryBudget budget)
    {
        var most = request.MaxSeries > 0 ? Math.Min(request.MaxSeries, budget.Limits.MaxSeries) : budget.Limits.MaxSeries;
        if (series.Count > most)
        {
            // Clients recognise these words.
            budget.Stats.Incomplete =
                $"Response exceeds maximum series limit of {most}, a partial response is returned. Warning: the accuracy of each individual value is not guaranteed.";
            series.RemoveRange(most, series.Count - most);
        }

        CutExemplars(series, request.Exemplars);
        return series;
    }

    /// <summary>Reads the labels of the exemplars that are left. Of one trace a series keeps one.</summary>
    public static async ValueTask<List<Series>> WithLabelsAsync(List<Series> series, CancellationToken cancellationToken)
    {
        for (var i = 0; i < series.Count; i++)
        {
            if (series[i].Exemplars.Count == 0)
            {
                continue;
            }

            var (exemplars, traces) = (new List<Exemplar>(), new HashSet<string>());
            foreach (var exemplar in series[i].Exemplars)
            {
                var labels = exemplar.Origin is { } origin ? await origin.LabelsAsync(exemplar.Place, cancellationToken).ConfigureAwait(false) : exemplar.Labels;
                if (traces.Add(labels[0].Value.AsString))
                {
                    exemplars.Add(exemplar with { Labels = labels, Origin = null });
                }
            }

            series[i] = series[i] with { Exemplars = exemplars };
        }

        return series;
    }

    // Every n-th stays, so that they remain spread over time and series.
    private static void CutExemplars(List<Series> series, int most)
    {
        var total = series.Sum(static one => one.Exemplars.Count);
        if (total <= most)
        {
            return;
        }

        var (seen, kept) = (0L, 0L);
        for (var i = 0; i < series.Count; i++)
        {
            var exemplars = new List<Exemplar>();
            foreach (var exemplar in series[i].Exemplars)
            {
                if (++seen * most / total > kept)
                {
                    kept++;
                    exemplars.Add(exemplar);
                }
            }

            series[i] = series[i] with { Exemplars = exemplars };
        }
    }
}
