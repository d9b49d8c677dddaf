namespace SynCxr.Mesh.Trainer.Recipes;

/// <summary>What a reader should know of the data that a run learns from; the run, the model's card and its README have them.</summary>
/// <param name="tell">Called with all of them whenever one is added.</param>
public sealed class TrainingNotes(Action<IReadOnlyList<string>> tell)
{
    private readonly List<string> _all = [];

    public IReadOnlyList<string> All => _all;

    /// <summary>Adds sentences; one that is there already is not added again.</summary>
    public void Add(IEnumerable<string> notes)
    {
        var count = _all.Count;
        _all.AddRange(notes.Except(_all, StringComparer.Ordinal));
        if (_all.Count > count)
            tell([.. _all]);
    }
}
