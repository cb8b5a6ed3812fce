using Clew.Server.Configuration.Documents;

namespace Clew.Server.Configuration.Binding;

/// <summary>One documented setting. <paramref name="Default"/> is empty for a setting that is unset.</summary>
internal sealed record SettingDoc(string Path, string Type, string Default, string Text);

/// <summary>What one binding of a configuration collects beside the values.</summary>
internal sealed class BindContext(ConfigProblems problems)
{
    private readonly List<(string? Owner, NotInThisVersion Note)> _notes = [];

    public ConfigProblems Problems { get; } = problems;

    /// <summary>Receives a description of every setting when the reference page is made; null otherwise.</summary>
    public List<SettingDoc>? Docs { get; init; }

    /// <summary>
    /// Notes the use of a setting if this version does not act on it. <paramref name="owner"/> is the component (<c>receivers.otlp/x</c>)
    /// that has the setting; the note counts only if that runs.
    /// </summary>
    public void NoteSetting(string schemaPath, string shown, SourceMark mark, string? owner)
    {
        if (mark.Document.IsWritten && Capabilities.FindSetting(schemaPath) is { } setting)
        {
            Note(owner, new NotInThisVersion(shown, mark.ToString(), setting.Why, setting.WayOut, setting.Capability == Capability.Refused));
        }
    }

    public void Note(string? owner, NotInThisVersion note) => _notes.Add((owner, note));

    /// <summary>The notes of everything that takes part, those that keep the server from starting first.</summary>
    public ValueList<NotInThisVersion> NotesOf(IReadOnlySet<string> running) =>
        _notes
            .Where(entry => entry.Owner is null || running.Contains(entry.Owner))
            .Select(static entry => entry.Note)
            .Distinct()
            .OrderByDescending(static note => note.Refuses)
            .ToValueList();
}
