using Clew.Server.Configuration.Binding;
using Clew.Server.Configuration.Documents;
using Clew.Server.Configuration.Foreign;

namespace Clew.Server.Configuration;

/// <summary>
/// Turns what the command line asks for into a configuration. Each source is read, recognised, freed of <c>${…}</c> and mapped onto
/// Clew's keys; the results are merged in order; the settings of the command line come on top; then the typed records are made and the
/// graph is checked. Every step goes on after an error, so that all of them are reported together.
/// </summary>
internal sealed class ConfigLoader
{
    private static readonly Dictionary<string, string> s_noVariables = [];

    private readonly ConfigRequest _request;
    private readonly IConfigEnvironment _environment;
    private readonly ConfigProblems _problems = new();
    private readonly BindContext _context;
    private readonly List<string> _files = [];
    private readonly List<SourceDocument> _documents = [];
    private readonly List<ConfigMap> _collectorCharts = [];
    private readonly List<ConfigMap> _tempoCharts = [];

    private ConfigMap _tree = ConfigMap.Empty(SourceMark.Default);
    private ConfigMap? _tempoReceivers;
    private bool _hasCollector;
    private bool _usesCollectorChartDefaults;

    private ConfigLoader(ConfigRequest request, IConfigEnvironment environment)
    {
        _request = request;
        _environment = environment;
        _context = new BindContext(_problems);
    }

    public static ConfigResult Load(ConfigRequest request, IConfigEnvironment? environment = null) =>
        new ConfigLoader(request, environment ?? ProcessEnvironment.Instance).Load();

    private ConfigResult Load()
    {
        var roots = ReadSources();
        foreach (var (document, root) in roots)
        {
            MergeSource(document, root, roots);
        }

        if (_tempoReceivers is not null && !_hasCollector)
        {
            _tree = InProcessTempo.Alone(_tree, _tempoReceivers);
        }

        _tree = DefaultPipelines.WithReceivers(_tree, _tempoReceivers is not null);
        MergeSets();
        var inProcess = new InProcessTempo.Outcome(_tree, new HashSet<string>(), []);
        if (_tempoReceivers is not null && _hasCollector)
        {
            inProcess = InProcessTempo.Join(_tree, _tempoReceivers, _request.TempoName);
            _tree = inProcess.Tree;
        }

        _tree = DefaultPipelines.WithPipelines(_tree, _problems);
        if (_usesCollectorChartDefaults)
        {
            _tree = DefaultPipelines.WithChartReceivers(_tree);
        }

        return Bind(inProcess);
    }

    private List<(SourceDocument Document, ConfigMap Root)> ReadSources()
    {
        var roots = new List<(SourceDocument, ConfigMap)>();
        foreach (var source in _request.Sources)
        {
            var (document, node) = ConfigText.Read(source, _environment, _problems, _files);
            if (node is null)
            {
                continue;
            }

            if (node.IsNull)
            {
                _problems.Warn($"{document.Name}: is empty");
                _documents.Add(document);
                continue;
            }

            if (node is not ConfigMap map)
            {
                _problems.Error(node.Mark, $"expected keys with values, found {node.Shape}");
                continue;
            }

            document.Kind = FileRecognizer.Recognize(map);
            _documents.Add(document);
            var variables = document.Kind == DocumentKind.CollectorChart ? CollectorChart.Variables : s_noVariables;
            var root = (ConfigMap)new Substitution(_environment, _problems, variables, _files).Expand(map);
            HelmTemplates.Warn(root, _problems);
            roots.Add((document, root));
        }

        _hasCollector = _documents.Exists(static document => document.Kind is DocumentKind.Collector or DocumentKind.CollectorChart)
            || roots.Exists(static source => source.Item1.Kind == DocumentKind.Own && source.Item2.FindMap("service", "pipelines") is not null);
        return roots;
    }

    private void MergeSource(SourceDocument document, ConfigMap root, IReadOnlyList<(SourceDocument Document, ConfigMap Root)> all)
    {
        switch (document.Kind)
        {
            case DocumentKind.CollectorChart:
                // Helm joins all values first and then renders once, so the files of one chart are one source, in the place of the first.
                _collectorCharts.Add(root);
                if (_collectorCharts.Count == 1)
                {
                    var values = Join(DocumentKind.CollectorChart);
                    var defaults = CollectorChart.ReadDefaults(new Substitution(_environment, _problems, CollectorChart.Variables, _files));
                    Merge(CollectorChart.Map(values, defaults, _context, out _usesCollectorChartDefaults));
                }

                break;
            case DocumentKind.TempoChart:
                _tempoCharts.Add(root);
                if (_tempoCharts.Count == 1)
                {
                    MergeTempo(TempoChart.Map(Join(DocumentKind.TempoChart), _context));
                }

                break;
            case DocumentKind.Tempo:
                MergeTempo(TempoMapping.MapFile(root, _context));
                break;
            case DocumentKind.Kiali:
                Merge(KialiMapping.Map(root, _context));
                break;
            default:
                Merge(root);
                break;
        }

        ConfigMap Join(DocumentKind kind) =>
            all.Where(source => source.Document.Kind == kind).Select(static source => source.Root).Aggregate(NodeMerge.Merge);
    }

    private void Merge(ConfigMap later) => _tree = NodeMerge.Merge(_tree, later);

    private void MergeTempo(TempoSettings settings)
    {
        Merge(settings.Own);
        _tempoReceivers = _tempoReceivers is null ? settings.Receivers : NodeMerge.Merge(_tempoReceivers, settings.Receivers);
    }

    private void MergeSets()
    {
        foreach (var set in _request.Sets)
        {
            if (SetExpression.Read(set, _problems, out var document) is { } map)
            {
                _documents.Add(document);
                Merge((ConfigMap)new Substitution(_environment, _problems, s_noVariables, _files).Expand(map));
            }
        }
    }

    private ConfigResult Bind(InProcessTempo.Outcome inProcess)
    {
        var root = Section.Root(_context, _tree);
        var pipeline = PipelineBinder.Bind(root, inProcess.Satisfied, out var running);
        var config = OwnSections.Bind(root, pipeline);
        config = config with { StorageIsConfigured = _tempoReceivers is not null || IsStorageConfigured(config.Storage) };
        root.ReportUnknownKeys();
        ConfigChecks.Run(config, _tree, _problems, _environment.IsContainer);
        if (_problems.HasErrors)
        {
            return new ConfigResult(null, _problems.Errors(), _problems.Warnings, null);
        }

        config = config with
        {
            Origin = new ConfigOrigin
            {
                Request = _request,
                Files = _files.Distinct().ToValueList(),
                Sources = ConfigSources.Describe(_documents, _tree),
                InProcess = inProcess.Sentences.ToValueList(),
                NotInThisVersion = _context.NotesOf(running),
                Warnings = _problems.Warnings,
            },
        };
        return new ConfigResult(config, [], _problems.Warnings, root.Effective());
    }

    // The folder alone does not count: a collector keeps its queues there.
    private static bool IsStorageConfigured(StorageConfig storage)
    {
        var standard = new StorageConfig();
        return storage with { Path = standard.Path } != standard;
    }
}
