using Clew.Otlp.Editing;
using Clew.Pipeline.Components;

namespace Clew.Pipeline.Processors.Editing;

/// <summary><c>attributes</c>: actions on the attributes of the selected spans.</summary>
public sealed class AttributesProcessor(
    ComponentId id, IReadOnlyList<AttributeAction> actions, SpanSelection selection, ITraceConsumer next)
    : EditingProcessor(id, next)
{
    protected override ConsumeResult? Edit(BatchEdit edit)
    {
        for (var i = 0; i < edit.Batch.SpanCount; i++)
        {
            var entry = edit.Batch.Spans[i];
            var span = edit.Open(i);
            if (selection.Selects(span, edit.Resource(entry.Resource), edit.Scope(entry.Scope)))
            {
                foreach (var action in actions)
                {
                    action.Apply(span.Attributes, edit.Batch.Context);
                }

                edit.Keep(i);
            }
        }

        return null;
    }
}

/// <summary><c>resource</c>: the same actions on resources.</summary>
public sealed class ResourceProcessor(ComponentId id, IReadOnlyList<AttributeAction> actions, ITraceConsumer next)
    : EditingProcessor(id, next)
{
    protected override ConsumeResult? Edit(BatchEdit edit)
    {
        for (var i = 0; i < edit.Batch.Resources.Length; i++)
        {
            foreach (var action in actions)
            {
                action.Apply(edit.Resource(i).Attributes, edit.Batch.Context);
            }
        }

        return null;
    }
}
