using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration;

/// <summary>A configuration, or everything that is wrong with what was given.</summary>
/// <param name="Config">Null when there are errors.</param>
/// <param name="Errors">One line each: place, path, what is wrong and the way out.</param>
/// <param name="Warnings">Also present beside errors.</param>
/// <param name="Effective">Every setting with its value and source, defaults included; null when there are errors.</param>
internal sealed record ConfigResult(ClewConfig? Config, ValueList<string> Errors, ValueList<string> Warnings, ConfigMap? Effective);
