using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Labelling;

/// <summary>
/// The phrases that mention each label, and those that only look like it: the labeler's files (MIT, <c>phrases/LICENSE</c>), and its
/// rule for what lies over a heart or mediastinum rather than being one.
/// </summary>
internal static class LabelPhrases
{
    private static readonly string[] _over = ["over the", "overly the", "in the"];
    private static readonly string[] _sides = ["", " superior", " left", " right"];

    /// <summary>Phrases by label.</summary>
    public static IReadOnlyList<(string Label, string[] Mentions, string[] Unmentions)> All { get; } =
        [.. ChexpertLabels.All.Select(label => (label, Read("mention", label), ReadUnmentions(label)))];

    private static string[] ReadUnmentions(string label)
    {
        var places = _over.SelectMany(o => _sides.Select(s => o + s + " "));
        return label switch
        {
            ChexpertLabels.Cardiomegaly =>
            [
                .. from place in places
                   from phrase in Read("mention", label)
                   where phrase is not ("cardiomegaly" or "cardiac enlargement")
                   select place + phrase.Replace("the ", "", StringComparison.Ordinal),
            ],
            ChexpertLabels.EnlargedCardiomediastinum =>
                [.. places.SelectMany(place => Read("mention", label).Select(phrase => place + phrase))],
            _ => Exists("unmention", label) ? Read("unmention", label) : [],
        };
    }

    /// <summary>A file's phrases; <c>_</c> is a blank.</summary>
    private static string[] Read(string kind, string label) =>
    [
        .. EmbeddedRuleFile.ReadLines(typeof(LabelPhrases).Assembly, NameOf(kind, label)).Select(l => l.Trim().Replace('_', ' '))
            .Where(l => l.Length > 0),
    ];

    private static bool Exists(string kind, string label) =>
        typeof(LabelPhrases).Assembly.GetManifestResourceInfo(NameOf(kind, label)) is not null;

    private static string NameOf(string kind, string label) => $"report/{kind}/{label.ToLowerInvariant().Replace(' ', '_')}.txt";
}
