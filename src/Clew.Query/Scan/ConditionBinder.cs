using System.Globalization;
using System.Text;
using Clew.Model;
using Clew.Query.Evaluation;
using Clew.Query.Traces;
using Clew.Query.Values;
using Clew.Storage.Columns;
using Clew.TraceQL.Syntax;

namespace Clew.Query.Scan;

/// <summary>Ties conditions to a source: finds the columns, decides the small tables, leaves out what the source cannot have.</summary>
internal sealed class ConditionBinder(ISpanSource source)
{
    public BoundCondition Bind(Condition condition) => condition switch
    {
        Condition.Constant constant => new BoundConstant(constant.Holds),
        Condition.And and => new BoundLogical(and: true, [.. and.Parts.Select(Bind)]),
        Condition.Or or => new BoundLogical(and: false, [.. or.Parts.Select(Bind)]),
        Condition.Not not => new BoundNot(Bind(not.Operand)),
        Condition.Field { Reference: AttributeRef attribute } field => new BoundField(Steps(attribute, field.Test, WantedType.Any), field.Test.HoldsForNil),
        Condition.Field { Reference: IntrinsicRef { Intrinsic: >= Intrinsic.EventName and <= Intrinsic.LinkSpanId } intrinsic } field =>
            new BoundField([OfEventsOrLinks(intrinsic.Intrinsic, field.Test)], field.Test.HoldsForNil),
        Condition.Field { Reference: IntrinsicRef intrinsic } field => new BoundField([Step(intrinsic.Intrinsic, field.Test)], holdsForNil: false),
        Condition.WithFallback fallback => new BoundField(
            [.. Steps(fallback.Reference, fallback.Test, fallback.Wanted), Step(fallback.Fallback, fallback.Test)], holdsForNil: false),
        Condition.NeedsAll needs => Presence(needs),
        _ => new BoundField([new UnknownStep()], holdsForNil: false),
    };

    private BoundLogical Presence(Condition.NeedsAll needs)
    {
        // Where a field is missing the condition fails; where it is there, or may be, the whole trace has to tell.
        var parts = needs.References.Select(reference => (BoundCondition)new BoundField(PresenceSteps(reference), holdsForNil: false));
        return new BoundLogical(and: true, [.. parts, new BoundField([new UnknownStep()], holdsForNil: false)]);
    }

    private FieldStep[] PresenceSteps(FieldReference reference) => reference is AttributeRef { FallbackIntrinsic: null } attribute
        ? Steps(attribute, new ValueTest(attribute, Exists(attribute)), WantedType.Any)
        : [new UnknownStep()];

    private static FieldBinary Exists(FieldReference field) => new(BinaryOperator.NotEqual, field, new Literal(StaticValue.Nil));

    /// <summary>The places where an attribute may be, in the order in which they are looked at.</summary>
    private FieldStep[] Steps(AttributeRef attribute, ValueTest test, WantedType wanted)
    {
        if (attribute.OfParent)
        {
            return [new ParentStep(test.HoldsForNil ? StepOutlook.Yes : StepOutlook.None, StepOutlook.Maybe)];
        }

        var steps = new List<FieldStep>();
        var any = attribute.Scope == FieldScope.Any;
        if (any || attribute.Scope == FieldScope.Span)
        {
            AddSpanSteps(steps, attribute.Name, test, wanted);
        }

        if (any || attribute.Scope == FieldScope.Resource)
        {
            AddContext(steps, IntrinsicColumns.Resource, source.Resources, AttributeScope.Resource, attribute.Name, test, wanted);
        }

        if ((any || attribute.Scope == FieldScope.Event) && MayHave(AttributeScope.Event, attribute.Name))
        {
            steps.Add(Encoded(EncodedRows.Events, test, wanted, (span, _) => SpanFields.Lookup(span, FieldScope.Event, attribute.Name)));
        }

        if ((any || attribute.Scope == FieldScope.Link) && MayHave(AttributeScope.Link, attribute.Name))
        {
            steps.Add(Encoded(EncodedRows.Links, test, wanted, (span, _) => SpanFields.Lookup(span, FieldScope.Link, attribute.Name)));
        }

        if (any || attribute.Scope == FieldScope.Instrumentation)
        {
            AddContext(steps, IntrinsicColumns.Scope, source.Scopes, AttributeScope.Instrumentation, attribute.Name, test, wanted);
        }

        return [.. steps];
    }

    private void AddSpanSteps(List<FieldStep> steps, string key, ValueTest test, WantedType wanted)
    {
        var columns = new List<TypedColumn>();
        foreach (var reader in Readers(source.Spans, AttributeScope.Span, key, wanted))
        {
            columns.Add(TypedColumn.Create(reader, test));
        }

        if (columns.Count > 0)
        {
            steps.Add(new SpanColumnsStep([.. columns]));
        }

        if (MayHave(AttributeScope.Span, key) && source.Spans.TryColumn(IntrinsicColumns.OverflowCount, out _))
        {
            steps.Add(Encoded(EncodedRows.Overflow, test, wanted, (span, _) => AttributeData.Find(span.Attributes, key)));
        }
    }

    private FieldStep Encoded(EncodedRows rows, ValueTest test, WantedType wanted, Func<SpanData, long, QueryValue> value) =>
        source.Spans.TryColumn(rows.Content, out var content)
            ? new EncodedStep(rows, content, row => SpanFields.Comparable(row, wanted) ? row : QueryValue.Nil, test, value)
            : new CountedStep(rows.Count);

    private void AddContext(
        List<FieldStep> steps, ColumnId pointer, IColumnSource table, AttributeScope scope, string key, ValueTest test, WantedType wanted)
    {
        var readers = Readers(table, scope, key, wanted);
        var overflow = MayHave(scope, key) && table.TryColumn(IntrinsicColumns.OverflowCount, out var counts) ? counts : null;
        if (readers.Count > 0 || overflow is not null)
        {
            steps.Add(new ContextStep(pointer, ReaderOf(pointer), ContextVerdicts.Of(table, readers, overflow, test)));
        }
    }

    private bool MayHave(AttributeScope scope, string key) => source.UncolumnedKeys(scope)?.Contains(key) ?? true;

    /// <summary>The columns of a key. With a wanted type, values of other types count as missing.</summary>
    private static List<IColumnReader> Readers(IColumnSource table, AttributeScope scope, string key, WantedType wanted)
    {
        var readers = new List<IColumnReader>();
        for (var type = AttributeType.String; type <= AttributeType.Bool; type++)
        {
            if (IsWanted(type, wanted) && table.TryColumn(new ColumnId(scope, key, type), out var reader))
            {
                readers.Add(reader);
            }
        }

        return readers;
    }

    private static bool IsWanted(AttributeType type, WantedType wanted) => wanted switch
    {
        WantedType.Any => true,
        WantedType.Number => type is AttributeType.Int or AttributeType.Double,
        WantedType.String => type == AttributeType.String,
        WantedType.Bool => type == AttributeType.Bool,
        _ => false,
    };

    private IColumnReader? ReaderOf(ColumnId id) => source.Spans.TryColumn(id, out var reader) ? reader : null;

    private FieldStep Step(Intrinsic intrinsic, ValueTest test)
    {
        switch (intrinsic)
        {
            case Intrinsic.Duration:
                return new DenseStep(IntrinsicColumns.Duration, ReaderOf(IntrinsicColumns.Duration), test.Integers, value => test.Holds(QueryValue.Duration(value)));
            case Intrinsic.Name:
                return Text(IntrinsicColumns.Name, test);
            case Intrinsic.StatusMessage:
                return Text(IntrinsicColumns.StatusMessage, test);
            case Intrinsic.Status:
                return new DenseStep(IntrinsicColumns.Status, ReaderOf(IntrinsicColumns.Status), Words(test, (long)SpanStatus.Error, static v => QueryValue.Status((SpanStatus)v)), static _ => false);
            case Intrinsic.Kind:
                return new DenseStep(IntrinsicColumns.Kind, ReaderOf(IntrinsicColumns.Kind), Words(test, (long)SpanKind.Consumer, static v => QueryValue.SpanKind((SpanKind)v)), static _ => false);
            case Intrinsic.SpanId:
                return Ids(IntrinsicColumns.SpanId, test);
            case Intrinsic.SpanParentId:
                return Ids(IntrinsicColumns.ParentSpanId, test);
            case Intrinsic.TraceId:
                return new TraceRowsStep(Traces(test));
            case Intrinsic.InstrumentationName:
                return new ContextStep(IntrinsicColumns.Scope, ReaderOf(IntrinsicColumns.Scope), ContextVerdicts.OfText(source.Scopes, IntrinsicColumns.ScopeName, test));
            case Intrinsic.InstrumentationVersion:
                return new ContextStep(IntrinsicColumns.Scope, ReaderOf(IntrinsicColumns.Scope), ContextVerdicts.OfText(source.Scopes, IntrinsicColumns.ScopeVersion, test));
            case Intrinsic.NestedSetParent:
                return NestedSetParent(test);
            // A head's table may already know of spans that the snapshot does not have.
            case Intrinsic.TraceDuration when !source.IsHead:
                return new TraceFieldStep(source.Traces, trace => test.Holds(QueryValue.Duration(trace.EndUnixNano - trace.StartUnixNano)));
            case Intrinsic.Parent:
                return new ParentStep(test.HoldsForNil ? StepOutlook.Yes : StepOutlook.None, StepOutlook.Maybe);
            default:
                return new UnknownStep();
        }
    }

    private FieldStep OfEventsOrLinks(Intrinsic intrinsic, ValueTest test)
    {
        var rows = intrinsic is Intrinsic.EventName or Intrinsic.EventTimeSinceStart ? EncodedRows.Events : EncodedRows.Links;
        return Encoded(rows, test, WantedType.Any, (span, start) => SpanFields.OfEventsOrLinks(span, intrinsic, start));
    }

    private TextStep Text(ColumnId id, ValueTest test) =>
        new(source.Spans.TryColumn(id, out var column) ? new TextColumn(column, test) : null, test.Holds(QueryValue.String("")));

    private static RangeSet Words(ValueTest test, long last, Func<long, QueryValue> word)
    {
        var ranges = RangeSet.Empty;
        for (var value = 0L; value <= last; value++)
        {
            ranges = test.Holds(word(value)) ? ranges.Or(RangeSet.Between(value, value)) : ranges;
        }

        return ranges;
    }

    /// <summary>Span ids: one by one as text unless all that hold can be listed.</summary>
    private DenseStep Ids(ColumnId id, ValueTest test)
    {
        if (test.Texts is { } texts)
        {
            var ranges = RangeSet.Empty;
            foreach (var text in texts)
            {
                if (text.Length == 0)
                {
                    ranges = id == IntrinsicColumns.ParentSpanId ? ranges.Or(RangeSet.Between(0, 0)) : ranges;
                }
                else if (SpanId.TryParse(Encoding.UTF8.GetString(text), out var span) && HexText(span).AsSpan().SequenceEqual(Encoding.UTF8.GetString(text)))
                {
                    ranges = ranges.Or(RangeSet.Between((long)span.Value, (long)span.Value));
                }
            }

            return new DenseStep(id, ReaderOf(id), ranges, static _ => false);
        }

        return new DenseStep(id, ReaderOf(id), null, value => test.Holds(QueryValue.String(
            value == 0 && id == IntrinsicColumns.ParentSpanId ? "" : HexText(new SpanId((ulong)value)))));
    }

    private static string HexText(SpanId id) => id.Value.ToString("x16", CultureInfo.InvariantCulture);

    private HashSet<long> Traces(ValueTest test)
    {
        var rows = new HashSet<long>();
        if (test.Texts is { } texts)
        {
            foreach (var text in texts)
            {
                if (TraceId.TryParse(Encoding.UTF8.GetString(text), out var id) && source.Traces.TryFind(id, out var row))
                {
                    rows.Add(row);
                }
            }

            return rows;
        }

        for (var row = 0; row < source.Traces.Count; row++)
        {
            if (test.Holds(QueryValue.String(source.Traces[row].Id.ToString())))
            {
                rows.Add(row);
            }
        }

        return rows;
    }

    // Roots have -1; spans with a parent have its number, from 1, or 0 while the parent is missing.
    private static FieldStep NestedSetParent(ValueTest test)
    {
        if (test.Integers is not { } ranges)
        {
            return new UnknownStep();
        }

        return new ParentStep(
            ranges.Contains(TraceTree.RootParent) ? StepOutlook.Yes : StepOutlook.None,
            ranges.Overlaps(0, long.MaxValue) ? StepOutlook.Maybe : StepOutlook.None);
    }
}
