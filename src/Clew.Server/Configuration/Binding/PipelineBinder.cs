using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Binding;

/// <summary>
/// Checks the graph that <c>service</c> draws, and cuts it down to what this version runs. Everything that is wrong is reported;
/// everything that is left out leaves a note.
/// </summary>
internal sealed class PipelineBinder
{
    private readonly BindContext _context;
    private readonly ComponentCatalog _catalog;
    private readonly DeclaredService _service;
    private readonly HashSet<string> _running = [];

    private PipelineBinder(BindContext context, ComponentCatalog catalog, DeclaredService service)
    {
        _context = context;
        _catalog = catalog;
        _service = service;
    }

    private ConfigProblems Problems => _context.Problems;

    /// <summary>
    /// Reads components and pipelines. The exporters in <paramref name="satisfied"/> are satisfied by this process itself, so they may stand
    /// unused; <paramref name="running"/> receives the paths of the components that take part.
    /// </summary>
    public static PipelineConfig Bind(Section root, IReadOnlySet<string> satisfied, out IReadOnlySet<string> running)
    {
        var catalog = ComponentCatalog.Bind(root);
        var service = ServiceBinder.Bind(root);
        var binder = new PipelineBinder(root.Context, catalog, service);
        binder.CheckTypes();
        binder.CheckGraph();
        binder.CheckExtensions();
        binder.WarnAboutUnused(satisfied);
        var pipelines = binder.Prune();
        var metrics = binder.MetricsPipelines(pipelines);
        running = binder._running;
        return new PipelineConfig
        {
            Receivers = new ValueMap<ComponentId, ReceiverConfig>(catalog.Receivers.Select(entry => binder.MarkChartDefault(entry.Key, entry.Value))),
            Processors = new ValueMap<ComponentId, ProcessorConfig>(catalog.Processors),
            Exporters = new ValueMap<ComponentId, ExporterConfig>(catalog.Exporters),
            Connectors = new ValueMap<ComponentId, ConnectorConfig>(catalog.Connectors),
            Extensions = new ValueMap<ComponentId, ExtensionConfig>(catalog.Extensions),
            Pipelines = pipelines,
            MetricsPipelines = metrics,
            StartedExtensions = binder.StartExtensions(),
            Telemetry = service.Telemetry,
            Strict = service.Strict,
        };
    }

    private IEnumerable<DeclaredPipeline> TracePipelines => _service.Pipelines.Where(static pipeline => pipeline.IsTraces);

    private KeyValuePair<ComponentId, ReceiverConfig> MarkChartDefault(ComponentId id, ReceiverConfig receiver)
    {
        var isChartDefault = TracePipelines.SelectMany(static pipeline => pipeline.Receivers)
            .Any(reference => reference.Id == id && reference.Mark.Document.Kind == DocumentKind.ChartDefault);
        return new(id, isChartDefault ? receiver with { IsChartDefault = true } : receiver);
    }

    /// <summary>A type that nobody knows is an error where it would have to work or where a person wrote it for us.</summary>
    private void CheckTypes()
    {
        foreach (var component in _catalog.Declared)
        {
            if (component.Type is not null && component.Type.Capability is not (Capability.NotTraces or Capability.Metrics))
            {
                continue;
            }

            var isUsed = IsUsed(component, TracePipelines) || (component.Kind == ComponentKind.Extensions && IsStarted(component.Id));
            if (component.Type is { } known)
            {
                if (isUsed)
                {
                    Problems.Error(component.Mark, known.Capability == Capability.Metrics
                        ? $"{component.Path}: '{known.Type}' does not carry traces; name it in a metrics pipeline that a connector feeds"
                        : $"{component.Path}: '{known.Type}' does not carry traces; take it out of the trace pipelines");
                }

                continue;
            }

            if (!isUsed && component.Mark.Document.IsForeign)
            {
                Problems.Warn(component.Mark, $"{component.Path}: '{component.Id.Type}' is not known and no trace pipeline uses it; it is passed over");
                continue;
            }

            var valid = Capabilities.Of(component.Kind).Where(static type => type.Capability is not (Capability.NotTraces or Capability.Metrics)).Select(static type => type.Type).ToList();
            var hint = component is { Kind: ComponentKind.Exporters, Id.Type: "logging" }
                ? "the logging exporter was replaced by debug"
                : Nearest.Find(component.Id.Type, valid) is { } nearest ? $"did you mean '{nearest}'?" : "";
            Problems.Error(
                component.Mark,
                $"{component.Path}: unknown type '{component.Id.Type}'{(hint.Length > 0 ? "; " + hint : "")} (valid types: {string.Join(", ", valid)})");
        }
    }

    private void CheckGraph()
    {
        foreach (var pipeline in TracePipelines)
        {
            if (pipeline.Receivers.Count == 0)
            {
                Problems.Error(pipeline.Mark, $"{pipeline.Path}: needs at least one receiver");
            }

            if (pipeline.Exporters.Count == 0)
            {
                Problems.Error(pipeline.Mark, $"{pipeline.Path}: needs at least one exporter");
            }

            CheckReferences(pipeline, pipeline.Receivers, ComponentKind.Receivers, orConnector: true);
            CheckReferences(pipeline, pipeline.Processors, ComponentKind.Processors, orConnector: false);
            CheckReferences(pipeline, pipeline.Exporters, ComponentKind.Exporters, orConnector: true);
        }

        foreach (var connector in _catalog.Declared.Where(static component => component.Kind == ComponentKind.Connectors))
        {
            var exportedBy = TracePipelines.Any(pipeline => pipeline.Exporters.Any(reference => reference.Id == connector.Id));
            var receivedBy = _service.Pipelines.Any(pipeline => pipeline.Receivers.Any(reference => reference.Id == connector.Id));
            var receivedByTraces = TracePipelines.Any(pipeline => pipeline.Receivers.Any(reference => reference.Id == connector.Id));
            if (exportedBy && !receivedBy)
            {
                Problems.Error(connector.Mark, $"{connector.Path}: stands among the exporters of a pipeline and must stand among the receivers of another");
            }

            if (receivedByTraces && !_service.Pipelines.Any(pipeline => pipeline.Exporters.Any(reference => reference.Id == connector.Id)))
            {
                Problems.Error(connector.Mark, $"{connector.Path}: stands among the receivers of a pipeline and must stand among the exporters of another");
            }
        }

        CheckCycles();
        CheckRoutes();
    }

    /// <summary>A pipeline that a connector's settings name must name the connector among its receivers.</summary>
    private void CheckRoutes()
    {
        foreach (var (id, connector) in _catalog.Connectors)
        {
            var mark = _catalog.Find(ComponentKind.Connectors, id)!.Mark;
            foreach (var target in connector.Pipelines)
            {
                if (TracePipelines.FirstOrDefault(pipeline => pipeline.Id == target) is not { } pipeline)
                {
                    Problems.Error(mark, $"connectors.{id}: sends to the pipeline '{target}', which is not there (pipelines: {string.Join(", ", TracePipelines.Select(static p => p.Id))})");
                }
                else if (!pipeline.Receivers.Any(reference => reference.Id == id))
                {
                    Problems.Error(mark, $"connectors.{id}: sends to the pipeline '{target}', which must name '{id}' among its receivers");
                }
            }
        }
    }

    private void CheckReferences(DeclaredPipeline pipeline, IReadOnlyList<Reference> references, ComponentKind kind, bool orConnector)
    {
        var seen = new HashSet<ComponentId>();
        foreach (var reference in references)
        {
            var path = $"{pipeline.Path}.{ComponentCatalog.KeyOf(kind)}";
            if (!seen.Add(reference.Id))
            {
                Problems.Error(reference.Mark, $"{path}: '{reference.Id}' is named twice");
                continue;
            }

            if (_catalog.Find(kind, reference.Id) is not null || (orConnector && _catalog.Find(ComponentKind.Connectors, reference.Id) is not null))
            {
                continue;
            }

            var names = _catalog.Names(kind).Concat(orConnector ? _catalog.Names(ComponentKind.Connectors) : []).ToList();
            var nearest = Nearest.Find(reference.Id.ToString(), names);
            var sections = orConnector ? $"{ComponentCatalog.KeyOf(kind)} or connectors" : ComponentCatalog.KeyOf(kind);
            Problems.Error(
                reference.Mark,
                $"{path}: '{reference.Id}' is not configured under {sections}"
                + (nearest is null ? "" : $"; did you mean '{nearest}'?")
                + $" (configured: {Listed(names)})");
        }
    }

    private static string Listed(List<string> names) => names.Count == 0 ? "none" : string.Join(", ", names);

    private void CheckCycles()
    {
        var pipelines = TracePipelines.ToList();
        var done = new HashSet<ComponentId>();
        foreach (var pipeline in pipelines)
        {
            Visit(pipeline, []);
        }

        void Visit(DeclaredPipeline pipeline, List<DeclaredPipeline> way)
        {
            if (way.Contains(pipeline))
            {
                var circle = way.SkipWhile(step => step != pipeline).Append(pipeline).Select(static step => step.Id);
                Problems.Error(pipeline.Mark, $"{pipeline.Path}: spans would go round for ever: {string.Join(" → ", circle)}");
                return;
            }

            if (done.Contains(pipeline.Id))
            {
                return;
            }

            way.Add(pipeline);
            foreach (var exporter in pipeline.Exporters.Where(reference => _catalog.Find(ComponentKind.Connectors, reference.Id) is not null))
            {
                foreach (var next in pipelines.Where(candidate => candidate.Receivers.Any(reference => reference.Id == exporter.Id)))
                {
                    Visit(next, way);
                }
            }

            way.RemoveAt(way.Count - 1);
            done.Add(pipeline.Id);
        }
    }

    private void CheckExtensions()
    {
        foreach (var reference in _service.Extensions)
        {
            if (_catalog.Find(ComponentKind.Extensions, reference.Id) is null)
            {
                var names = _catalog.Names(ComponentKind.Extensions).ToList();
                Problems.Error(reference.Mark, $"service.extensions: '{reference.Id}' is not configured under extensions (configured: {Listed(names)})");
            }
        }

        foreach (var (id, exporter) in _catalog.Exporters)
        {
            if (exporter is NetworkExporterConfig network && _catalog.Find(ComponentKind.Exporters, id) is { } declared)
            {
                CheckExtension(declared, "sending_queue.storage", network.Queue.Storage);
                CheckExtension(declared, "auth.authenticator", network.Authenticator);
            }
        }

        foreach (var (id, receiver) in _catalog.Receivers)
        {
            if (receiver is OtlpReceiverConfig otlp && _catalog.Find(ComponentKind.Receivers, id) is { } declared)
            {
                CheckExtension(declared, "protocols.grpc.auth.authenticator", otlp.Grpc?.Authenticator);
                CheckExtension(declared, "protocols.http.auth.authenticator", otlp.Http?.Authenticator);
            }
        }
    }

    private void CheckExtension(DeclaredComponent user, string key, ComponentId? extension)
    {
        if (extension is not { } id || !IsUsed(user, TracePipelines))
        {
            return;
        }

        if (_catalog.Find(ComponentKind.Extensions, id) is null)
        {
            Problems.Error(user.Mark, $"{user.Path}.{key}: '{id}' is not configured under extensions");
        }
        else if (!IsStarted(id))
        {
            Problems.Error(user.Mark, $"{user.Path}.{key}: '{id}' is configured and not started; add it to service.extensions");
        }
    }

    private void WarnAboutUnused(IReadOnlySet<string> satisfied)
    {
        foreach (var component in _catalog.Declared)
        {
            if (component.Mark.Document.IsWritten
                && component.Kind != ComponentKind.Extensions
                && component.Type is { Capability: not Capability.NotTraces }
                && !satisfied.Contains(component.Path)
                && !IsUsed(component, _service.Pipelines))
            {
                Problems.Warn(component.Mark, $"{component.Path} is configured and no pipeline names it, so it does not run");
            }
        }
    }

    private ValueList<TracePipelineConfig> Prune()
    {
        var pipelines = new List<TracePipelineConfig>();
        foreach (var pipeline in TracePipelines)
        {
            var receivers = Running(pipeline.Receivers, ComponentKind.Receivers);
            var processors = Running(pipeline.Processors, ComponentKind.Processors);
            var exporters = Running(pipeline.Exporters, ComponentKind.Exporters);
            if (receivers.Count > 0 && exporters.Count == 0 && !Problems.HasErrors)
            {
                _context.Note(null, new NotInThisVersion(
                    pipeline.Path, pipeline.Mark.ToString(), "no exporter that it names is in this version, so its spans would go nowhere",
                    $"--set {pipeline.Path}.exporters=[store] --set exporters.store={{}}", Refuses: true));
            }

            if (receivers.Count > 0 && exporters.Count > 0)
            {
                pipelines.Add(new TracePipelineConfig { Id = pipeline.Id, Receivers = receivers, Processors = processors, Exporters = exporters });
                AddRunning(ComponentKind.Receivers, receivers);
                AddRunning(ComponentKind.Processors, processors);
                AddRunning(ComponentKind.Exporters, exporters);
            }
        }

        if (pipelines.Count == 0 && TracePipelines.Any() && !Problems.HasErrors)
        {
            var first = TracePipelines.First();
            _context.Note(null, new NotInThisVersion(
                "service.pipelines", first.Mark.ToString(), "no receiver of any pipeline is in this version, so nothing would listen for spans",
                $"--set receivers.otlp.protocols.grpc={{}} --set {first.Path}.receivers=[otlp]", Refuses: true));
        }

        return pipelines.ToValueList();
    }

    /// <summary>What connectors derive of spans and where it goes. What else a metrics pipeline carries is left out.</summary>
    private ValueList<MetricsPipelineConfig> MetricsPipelines(ValueList<TracePipelineConfig> traces)
    {
        var pipelines = new List<MetricsPipelineConfig>();
        foreach (var pipeline in _service.Pipelines.Where(static pipeline => pipeline.Id.Type == ServiceBinder.Metrics))
        {
            var connectors = pipeline.Receivers.Select(static reference => reference.Id)
                .Where(id => _catalog.Connectors.TryGetValue(id, out var connector) && connector.MakesMetrics && traces.Any(feeding => feeding.Exporters.Contains(id))).ToValueList();
            var exporters = pipeline.Exporters.Select(static reference => reference.Id)
                .Where(id => _catalog.Exporters.TryGetValue(id, out var exporter) && exporter is BuiltMetricExporterConfig).ToValueList();
            if (connectors.Count > 0 && exporters.Count > 0)
            {
                pipelines.Add(new MetricsPipelineConfig { Id = pipeline.Id, Connectors = connectors, Exporters = exporters });
                AddRunning(ComponentKind.Exporters, exporters);
            }
            else if (pipeline.Mark.Document.IsWritten)
            {
                Problems.Warn(pipeline.Mark, $"service.pipelines.{pipeline.Id}: left out, Clew carries traces only");
            }
        }

        return pipelines.ToValueList();
    }

    private void AddRunning(ComponentKind kind, ValueList<ComponentId> ids)
    {
        foreach (var id in ids)
        {
            _running.Add((_catalog.Find(kind, id) ?? _catalog.Find(ComponentKind.Connectors, id))!.Path);
        }
    }

    private ValueList<ComponentId> Running(IReadOnlyList<Reference> references, ComponentKind kind)
    {
        var running = new List<ComponentId>();
        foreach (var reference in references)
        {
            var component = _catalog.Find(kind, reference.Id) ?? _catalog.Find(ComponentKind.Connectors, reference.Id);
            if (component is { Runs: true })
            {
                running.Add(reference.Id);
            }
            else if (component?.Type is { Capability: Capability.LeftOut or Capability.Refused } type)
            {
                NoteMissing(component, type, reference);
            }
        }

        return running.ToValueList();
    }

    private void NoteMissing(DeclaredComponent component, ComponentType type, Reference reference)
    {
        var shown = component.Path;
        if (_catalog.Receivers.TryGetValue(component.Id, out var receiver) && Listeners.Of(receiver) is { Count: > 0 } endpoints)
        {
            shown += $" ({string.Join(", ", endpoints.Select(static listener => $"{listener.What} {listener.Endpoint}"))})";
        }

        var why = component.Kind switch
        {
            ComponentKind.Receivers => "nothing listens there",
            ComponentKind.Processors when type.Capability == Capability.Refused => "spans would pass unchanged",
            ComponentKind.Processors => "spans pass without it",
            ComponentKind.Exporters => "nothing would be sent there",
            _ => "it receives no spans",
        };
        var wayOut = type.WayOut.Length > 0 ? type.WayOut : type.Capability == Capability.Refused ? $"take '{component.Id}' out of the pipeline" : "";
        var mark = reference.Mark.Document.Kind == DocumentKind.ChartDefault ? reference.Mark : component.Mark;
        _context.Note(null, new NotInThisVersion(shown, mark.ToString(), why, wayOut, type.Capability == Capability.Refused));
    }

    private ValueList<ComponentId> StartExtensions()
    {
        var started = new List<ComponentId>();
        foreach (var reference in _service.Extensions)
        {
            if (_catalog.Find(ComponentKind.Extensions, reference.Id) is not { Type: { } type } component)
            {
                continue;
            }

            if (component.Runs)
            {
                started.Add(reference.Id);
                _running.Add(component.Path);
            }
            else if (type.Capability is Capability.LeftOut or Capability.Refused)
            {
                _context.Note(null, new NotInThisVersion(
                    component.Path, component.Mark.ToString(), "it is not started", type.WayOut, type.Capability == Capability.Refused));
            }
        }

        return started.ToValueList();
    }

    private bool IsStarted(ComponentId id) => _service.Extensions.Any(reference => reference.Id == id);

    private static bool IsUsed(DeclaredComponent component, IEnumerable<DeclaredPipeline> pipelines)
    {
        foreach (var pipeline in pipelines)
        {
            var references = component.Kind switch
            {
                ComponentKind.Receivers => pipeline.Receivers,
                ComponentKind.Processors => pipeline.Processors,
                ComponentKind.Exporters => pipeline.Exporters,
                ComponentKind.Connectors => pipeline.Receivers.Concat(pipeline.Exporters),
                _ => [],
            };
            if (references.Any(reference => reference.Id == component.Id))
            {
                return true;
            }
        }

        return false;
    }
}
