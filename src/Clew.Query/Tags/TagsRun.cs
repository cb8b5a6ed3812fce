using Clew.Model;
using Clew.Query.Evaluation;
using Clew.Query.Scan;
using Clew.Query.Traces;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Tags;

/// <summary>One question for attribute names or values, over every source in the window.</summary>
internal sealed class TagsRun(IReadOnlyList<ISpanSource> sources, TimeRange window, SpansetFilter? filter, QueryBudget budget)
{
    // Where a source stores events and overflow only inside whole spans, this many of its newest traces are read for their names and
    // values: enough for completion, and bounded.
    private const int MaxTracesRead = 200;

    private readonly Condition? _condition = filter is null ? null : Condition.Of(filter.Condition);

    /// <summary>Fills in the names of every scope.</summary>
    public async Task NamesAsync(Dictionary<AttributeScope, HashSet<string>> names, CancellationToken cancellationToken)
    {
        for (var scope = AttributeScope.Span; scope <= AttributeScope.Link; scope++)
        {
            names.Add(scope, []);
        }

        foreach (var source in Relevant())
        {
            if (_condition is null)
            {
                await AddAllNamesAsync(source, names, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                var sink = new NameSink(source, names);
                await VisitAsync(source, sink, cancellationToken).ConfigureAwait(false);
                sink.Finish();
            }

            budget.Stats.SearchedSources++;
        }
    }

    /// <param name="field">Whose values.</param>
    /// <param name="values">Takes them.</param>
    /// <param name="withCounts">Counts spans by value, so that every row is looked at.</param>
    /// <param name="limit">
    /// Distinct values after which the rest is not looked at; 0 for none. Row groups are gone through from the newest, each by itself up to so many
    /// values, and what one has found counts whole: so the answer does not depend on how many work at it.
    /// </param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task ValuesAsync(FieldReference field, ValueCounter values, bool withCounts, int limit, CancellationToken cancellationToken)
    {
        limit = limit <= 0 || withCounts ? int.MaxValue : limit;
        var jobs = new List<(ISpanSource Source, int RowGroup)>();
        foreach (var source in Relevant())
        {
            if (values.IsFull || values.Count >= limit)
            {
                return;
            }

            var sink = new ValueSink(source, field, values);
            var fromLists = _condition is null && !withCounts;
            if (!fromLists || !IsInside(source) || !sink.TryAddAll())
            {
                for (var group = source.Spans.RowGroups - 1; group >= 0; group--)
                {
                    if (!fromLists || !IsInside(source.Spans.Stats(group)) || !sink.TryAddGroup(group))
                    {
                        jobs.Add((source, group));
                    }
                }
            }

            if (sink.NeedsTraces)
            {
                await ReadTracesAsync(source, (trace, fields) => AddValues(trace, fields, field, values), cancellationToken).ConfigureAwait(false);
            }

            budget.Stats.SearchedSources++;
        }

        await VisitAsync(jobs, field, values, limit, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Visits row groups side by side, each worker with a counter of its own; where there is a limit, some at a time.</summary>
    private async ValueTask VisitAsync(
        List<(ISpanSource Source, int RowGroup)> jobs, FieldReference field, ValueCounter values, int limit, CancellationToken cancellationToken)
    {
        var workers = new ValueWorker[Math.Min(jobs.Count, QueryWorkers.Count)];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = new ValueWorker(this, field, values.MaxBytes, limit);
        }

        try
        {
            // A wave is a job a worker where there is a limit, else all jobs.
            var wave = limit < int.MaxValue ? workers.Length : jobs.Count;
            for (var first = 0; first < jobs.Count && values.Count < limit && !values.IsFull; first += wave)
            {
                var (next, end) = (first - 1, Math.Min(first + wave, jobs.Count));
                await QueryWorkers.RunAsync(Math.Min(workers.Length, end - first), worker => wave == workers.Length
                    ? workers[worker].VisitAsync([jobs[first + worker]], cancellationToken)
                    : workers[worker].VisitAsync(Shared(), cancellationToken)).ConfigureAwait(false);
                for (var i = 0; i < workers.Length && values.Count < limit; i++)
                {
                    values.AddAll(workers[i].Take());
                }

                // Whoever is free takes the next.
                IEnumerable<(ISpanSource Source, int RowGroup)> Shared()
                {
                    for (var i = Interlocked.Increment(ref next); i < end; i = Interlocked.Increment(ref next))
                    {
                        yield return jobs[i];
                    }
                }
            }
        }
        finally
        {
            Array.ForEach(workers, static worker => worker.Dispose());
        }
    }

    /// <summary>Visits row groups on one thread.</summary>
    private sealed class ValueWorker(TagsRun run, FieldReference field, int maxBytes, int limit) : IDisposable
    {
        private readonly ScanBuffers _buffers = ScanBuffers.Rent();
        private readonly Dictionary<ISpanSource, (RowVisitor Visitor, ValueSink Sink)> _visits = [];
        private ValueCounter _counter = new(maxBytes);

        public async Task VisitAsync(IEnumerable<(ISpanSource Source, int RowGroup)> jobs, CancellationToken cancellationToken)
        {
            foreach (var (source, group) in jobs)
            {
                if (_counter.IsFull)
                {
                    break;
                }

                if (!_visits.TryGetValue(source, out var visit))
                {
                    _visits.Add(source, visit = (run.NewVisitor(source, _buffers, limit == int.MaxValue ? null : () => _counter.Count >= limit), new ValueSink(source, field, _counter)));
                }

                run.CountRows(source, group);
                await visit.Visitor.VisitAsync(group, visit.Sink, cancellationToken).ConfigureAwait(false);
            }

            foreach (var (_, sink) in _visits.Values)
            {
                sink.Finish();
            }
        }

        /// <summary>What was found since the last call.</summary>
        public ValueCounter Take()
        {
            var taken = _counter;
            _counter = new ValueCounter(maxBytes);
            _visits.Clear();
            return taken;
        }

        public void Dispose()
        {
            _visits.Clear();
            ScanBuffers.Return(_buffers);
        }
    }

    private RowVisitor NewVisitor(ISpanSource source, ScanBuffers? buffers = null, Func<bool>? isEnough = null)
    {
        BoundCondition condition = _condition is null ? new BoundConstant(holds: true) : new ConditionBinder(source).Bind(_condition);
        return new RowVisitor(source, condition, window, WindowRule.Overlaps, new Chunk(source, buffers: buffers)) { IsEnough = isEnough };
    }

    private void CountRows(ISpanSource source, int group)
    {
        var rows = source.Spans.Stats(group).RowCount;
        budget.RowsScanned(rows, (long)((Int128)source.SizeBytes * rows / source.SpanCount));
    }

    private IEnumerable<ISpanSource> Relevant() =>
        sources.Where(source => source.SpanCount > 0 && source.Range.Overlaps(window.StartUnixNano, window.EndUnixNano))
            .OrderByDescending(static source => source.Range.EndUnixNano);

    private bool IsInside(RowGroupStats stats) => stats.MinStartUnixNano >= window.StartUnixNano && stats.MaxStartUnixNano <= window.EndUnixNano;

    private bool IsInside(ISpanSource source) =>
        source.Range.StartUnixNano >= window.StartUnixNano && source.Range.EndUnixNano <= window.EndUnixNano;

    private async ValueTask VisitAsync(ISpanSource source, IChunkSink sink, CancellationToken cancellationToken)
    {
        var visitor = NewVisitor(source);
        for (var group = 0; group < source.Spans.RowGroups; group++)
        {
            CountRows(source, group);
            await visitor.VisitAsync(group, sink, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask AddAllNamesAsync(ISpanSource source, Dictionary<AttributeScope, HashSet<string>> names, CancellationToken cancellationToken)
    {
        foreach (var table in (IColumnSource[])[source.Spans, source.Resources, source.Scopes])
        {
            foreach (var id in table.Columns)
            {
                if (id.Scope != AttributeScope.Intrinsic)
                {
                    names[id.Scope].Add(id.Key);
                }
            }
        }

        var unknown = false;
        for (var scope = AttributeScope.Span; scope <= AttributeScope.Link; scope++)
        {
            if (source.UncolumnedKeys(scope) is { } keys)
            {
                names[scope].UnionWith(keys);
            }
            else
            {
                unknown |= HasUncolumned(source, scope);
            }
        }

        if (unknown)
        {
            await ReadTracesAsync(source, (trace, _) => AddNames(trace, names), cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool HasUncolumned(ISpanSource source, AttributeScope scope) => scope switch
    {
        AttributeScope.Resource => source.Resources.TryColumn(IntrinsicColumns.OverflowCount, out _),
        AttributeScope.Instrumentation => source.Scopes.TryColumn(IntrinsicColumns.OverflowCount, out _),
        AttributeScope.Event => source.Spans.TryColumn(IntrinsicColumns.EventCount, out _),
        AttributeScope.Link => source.Spans.TryColumn(IntrinsicColumns.LinkCount, out _),
        _ => source.Spans.TryColumn(IntrinsicColumns.OverflowCount, out _),
    };

    /// <summary>Reads the newest traces of a source that have something outside of columns.</summary>
    private async ValueTask ReadTracesAsync(ISpanSource source, Action<TraceData, SpanFields> action, CancellationToken cancellationToken)
    {
        var traces = new ulong[Bits.Words(source.Traces.Count)];
        var condition = new BoundLogical(and: false,
        [
            .. new[] { EncodedRows.Overflow, EncodedRows.Events, EncodedRows.Links }
                .Where(rows => source.Spans.TryColumn(rows.Count, out _))
                .Select(static rows => new BoundField([new CountedStep(rows.Count)], holdsForNil: false)),
        ]);
        if (source.Resources.TryColumn(IntrinsicColumns.OverflowCount, out _) || source.Scopes.TryColumn(IntrinsicColumns.OverflowCount, out _))
        {
            condition = new BoundLogical(and: false, [new BoundConstant(holds: true)]);
        }

        var scan = new RowGroupScan(source, condition, window, new Chunk(source));
        for (var group = 0; group < source.Spans.RowGroups; group++)
        {
            await scan.ScanWindowAsync(group, traces, cancellationToken).ConfigureAwait(false);
        }

        var newest = new PriorityQueue<TraceId, long>();
        for (var row = 0; row < source.Traces.Count; row++)
        {
            if (Bits.Get(traces, row))
            {
                var trace = source.Traces[row];
                newest.Enqueue(trace.Id, trace.StartUnixNano);
                if (newest.Count > MaxTracesRead)
                {
                    newest.Dequeue();
                }
            }
        }

        var ids = newest.UnorderedItems.Select(static item => item.Element).Order().ToList();
        budget.TracesRead(ids.Count);
        var fields = new SpanFields();
        foreach (var trace in await new TraceLoader([source], budget).LoadAsync(ids, cancellationToken).ConfigureAwait(false))
        {
            if (trace is not null)
            {
                fields.Trace = trace;
                action(trace, fields);
            }
        }
    }

    private void AddValues(TraceData trace, SpanFields fields, FieldReference field, ValueCounter values)
    {
        var filterNode = filter is null ? null : FieldNode.Compile(filter.Condition);
        var node = FieldNode.Compile(field);
        foreach (var span in trace.Spans)
        {
            fields.Span = span;
            if ((filterNode is null || filterNode.Holds(fields)) && window.Overlaps(span.StartUnixNano, span.StartUnixNano + span.DurationNanos))
            {
                values.Add(node.Evaluate(fields, WantedType.Any), 1);
            }
        }
    }

    private static void AddNames(TraceData trace, Dictionary<AttributeScope, HashSet<string>> names)
    {
        foreach (var span in trace.Spans)
        {
            Add(AttributeScope.Span, span.Attributes);
            Add(AttributeScope.Resource, span.Resource.Attributes);
            Add(AttributeScope.Instrumentation, span.Scope.Attributes);
            foreach (var item in span.Events)
            {
                Add(AttributeScope.Event, item.Attributes);
            }

            foreach (var link in span.Links)
            {
                Add(AttributeScope.Link, link.Attributes);
            }
        }

        void Add(AttributeScope scope, AttributeData[] attributes)
        {
            foreach (var attribute in attributes)
            {
                if (!attribute.Value.IsNil)
                {
                    names[scope].Add(attribute.Key);
                }
            }
        }
    }
}
