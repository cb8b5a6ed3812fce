using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Binding;

/// <summary>A component as it was declared. <paramref name="Type"/> is null when nobody knows the type.</summary>
internal sealed record DeclaredComponent(ComponentKind Kind, ComponentId Id, ComponentType? Type, SourceMark Mark)
{
    /// <summary>The name under which notes are filed: <c>receivers.otlp/x</c>.</summary>
    public string Path => $"{ComponentCatalog.KeyOf(Kind)}.{Id}";

    public bool Runs => Type?.Capability == Capability.Runs;
}

/// <summary>Reads the five component sections and answers what a name in a pipeline means.</summary>
internal sealed class ComponentCatalog
{
    private readonly Dictionary<(ComponentKind Kind, ComponentId Id), DeclaredComponent> _declared = [];
    private readonly Dictionary<ComponentId, ReceiverConfig> _receivers = [];
    private readonly Dictionary<ComponentId, ProcessorConfig> _processors = [];
    private readonly Dictionary<ComponentId, ExporterConfig> _exporters = [];
    private readonly Dictionary<ComponentId, ConnectorConfig> _connectors = [];
    private readonly Dictionary<ComponentId, ExtensionConfig> _extensions = [];

    public IReadOnlyDictionary<ComponentId, ReceiverConfig> Receivers => _receivers;

    public IReadOnlyDictionary<ComponentId, ProcessorConfig> Processors => _processors;

    public IReadOnlyDictionary<ComponentId, ExporterConfig> Exporters => _exporters;

    public IReadOnlyDictionary<ComponentId, ConnectorConfig> Connectors => _connectors;

    public IReadOnlyDictionary<ComponentId, ExtensionConfig> Extensions => _extensions;

    public IEnumerable<DeclaredComponent> Declared => _declared.Values;

    /// <summary>The section that declares components of a kind.</summary>
    public static string KeyOf(ComponentKind kind) => kind switch
    {
        ComponentKind.Receivers => "receivers",
        ComponentKind.Processors => "processors",
        ComponentKind.Exporters => "exporters",
        ComponentKind.Connectors => "connectors",
        _ => "extensions",
    };

    public static ComponentCatalog Bind(Section root)
    {
        var catalog = new ComponentCatalog();
        foreach (var kind in Enum.GetValues<ComponentKind>())
        {
            catalog.BindKind(root.Child(KeyOf(kind)), kind);
        }

        foreach (var connector in catalog.Declared.Where(static component => component.Kind == ComponentKind.Connectors))
        {
            foreach (var kind in (ComponentKind[])[ComponentKind.Receivers, ComponentKind.Exporters])
            {
                if (catalog.Find(kind, connector.Id) is { } other)
                {
                    root.Context.Problems.Error(
                        connector.Mark,
                        $"{connector.Path}: {other.Path} has the same id; give one of them a name: {connector.Id.Type}/name");
                }
            }
        }

        return catalog;
    }

    public DeclaredComponent? Find(ComponentKind kind, ComponentId id) => _declared.GetValueOrDefault((kind, id));

    public IEnumerable<string> Names(ComponentKind kind) =>
        _declared.Values.Where(component => component.Kind == kind).Select(static component => component.Id.ToString());

    private void BindKind(Section section, ComponentKind kind)
    {
        foreach (var entry in section.Entries)
        {
            if (!ComponentIdText.TryParse(entry.Key, out var id))
            {
                section.Keep(entry);
                section.Error(entry.KeyMark, $"'{entry.Key}' is not a component id; use type or type/name");
                continue;
            }

            if (Find(kind, id) is { } first)
            {
                section.Keep(entry);
                section.Error(entry.KeyMark, $"'{id}' is declared twice; the first one is at {first.Mark}");
                continue;
            }

            var type = Capabilities.Find(kind, id.Type);
            _declared.Add((kind, id), new DeclaredComponent(kind, id, type, entry.KeyMark));
            if (type is null || type.Capability == Capability.NotTraces)
            {
                section.Keep(entry);
                continue;
            }

            var settings = section.Component(entry, id, type);
            if (!BindTyped(settings, kind, id, type))
            {
                settings.KeepAll();
                AddOther(kind, id, new Secret(FlowText.Of(entry.Value)));
            }
        }
    }

    private bool BindTyped(Section settings, ComponentKind kind, ComponentId id, ComponentType type)
    {
        switch (kind)
        {
            case ComponentKind.Receivers when ReceiverSettings.Bind(settings, id, type) is { } receiver:
                _receivers.Add(id, receiver);
                return true;
            case ComponentKind.Processors when ProcessorSettings.Bind(settings, id, type) is { } processor:
                _processors.Add(id, processor is BuiltProcessorConfig made ? made with { Settings = Effective(settings) } : processor);
                return true;
            case ComponentKind.Exporters when ExporterSettings.Bind(settings, id, type) is { } exporter:
                _exporters.Add(id, exporter is BuiltMetricExporterConfig metric ? metric with { Settings = Effective(settings) } : WithSettings(exporter, settings));
                return true;
            case ComponentKind.Connectors when ConnectorSettings.Bind(settings, id, type) is { } connector:
                _connectors.Add(id, connector with { Settings = Effective(settings) });
                return true;
            case ComponentKind.Extensions when ExtensionSettings.Bind(settings, id, type) is { } extension:
                _extensions.Add(id, extension is ClientAuthConfig auth ? auth with { Settings = Effective(settings) } : extension);
                return true;
            default:
                return false;
        }
    }

    /// <summary>What was read, with defaults: equal for components that mean the same, however they were written.</summary>
    private static Secret Effective(Section settings) => new(FlowText.Of(settings.Effective()));

    private static ExporterConfig WithSettings(ExporterConfig exporter, Section settings) => exporter switch
    {
        BuiltExporterConfig built => built with { Settings = Effective(settings) },
        SenderExporterConfig sender => sender with { Settings = Effective(settings) },
        _ => exporter,
    };

    private void AddOther(ComponentKind kind, ComponentId id, Secret settings)
    {
        switch (kind)
        {
            case ComponentKind.Receivers:
                _receivers.Add(id, new OtherReceiverConfig { Id = id, Settings = settings });
                break;
            case ComponentKind.Processors:
                _processors.Add(id, new OtherProcessorConfig { Id = id, Settings = settings });
                break;
            case ComponentKind.Exporters:
                _exporters.Add(id, new OtherExporterConfig { Id = id, Settings = settings });
                break;
            case ComponentKind.Connectors:
                _connectors.Add(id, new ConnectorConfig(id, settings));
                break;
            default:
                _extensions.Add(id, new OtherExtensionConfig { Id = id, Settings = settings });
                break;
        }
    }
}
