namespace SynCxr.Mesh.Trainer.Export;

/// <summary>The prompts for each finding, by its name as layouts spell labels, in the wording of reports.</summary>
internal static class FindingPrompts
{
    /// <summary>Training texts that must name a finding before its prompts are kept.</summary>
    private const int LeastTexts = 20;

    private static readonly (string Finding, string Term)[] _terms =
    [
        ("atelectasis", "atelectasis"), ("cardiomegaly", "cardiomegaly"), ("consolidation", "consolidation"), ("edema", "pulmonary edema"),
        ("effusion", "pleural effusion"),
        ("emphysema", "emphysema"), ("fibrosis", "fibrosis"), ("hernia", "hiatal hernia"), ("infiltration", "infiltrate"),
        ("mass", "lung mass"), ("nodule", "pulmonary nodule"),
        ("pleural thickening", "pleural thickening"), ("pneumonia", "pneumonia"), ("pneumothorax", "pneumothorax"),
    ];

    private static readonly Dictionary<string, (string Word, FindingPromptPair Prompts)> _known = CreateAll();

    public static IReadOnlyDictionary<string, FindingPromptPair> All { get; } = _known.ToDictionary(k => k.Key, k => k.Value.Prompts,
        StringComparer.Ordinal);

    /// <summary>Prompts of the findings that the texts speak of.</summary>
    public static IReadOnlyDictionary<string, FindingPromptPair> ForTexts(IReadOnlyList<string> texts) =>
        _known.Where(k => texts.Count(t => t.Contains(k.Value.Word, StringComparison.OrdinalIgnoreCase)) >= LeastTexts)
            .OrderBy(k => k.Key, StringComparer.Ordinal)
            .ToDictionary(k => k.Key, k => k.Value.Prompts, StringComparer.Ordinal);

    private static Dictionary<string, (string, FindingPromptPair)> CreateAll()
    {
        var known = new Dictionary<string, (string, FindingPromptPair)>(StringComparer.Ordinal)
        {
            ["normal"] = ("clear", new(
                ["The lungs are clear.", "Both lungs are clear. No pneumonia.", "No evidence of pneumonia. No consolidation."],
                ["Findings consistent with pneumonia.", "Consolidation.", "Interstitial opacities."])),
            ["bacterial pneumonia"] = ("bacterial pneumonia", new(
                ["Bacterial pneumonia.", "Findings consistent with bacterial pneumonia.", "Focal lobar consolidation."],
                ["Viral pneumonia.", "Increased interstitial markings.", "The lungs are clear.", "No bacterial pneumonia."])),
            ["viral pneumonia"] = ("viral pneumonia", new(
                ["Viral pneumonia.", "Findings consistent with viral pneumonia.", "Diffuse interstitial opacities."],
                ["Bacterial pneumonia.", "Focal lobar consolidation.", "The lungs are clear.", "No viral pneumonia."])),
        };
        foreach (var (finding, term) in _terms)
            known[finding] = (term,
                new([$"{char.ToUpperInvariant(term[0])}{term[1..]}.", $"There is {term}.", $"Findings consistent with {term}."],
                    [$"No {term}.", $"There is no {term}.", $"No evidence of {term}."]));
        return known;
    }
}
