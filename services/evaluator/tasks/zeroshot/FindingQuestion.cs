using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;

namespace SynCxr.Mesh.Evaluator.Tasks.ZeroShot;

/// <summary>A finding, its prompts, and which images show it.</summary>
/// <param name="Answers">For each study: true, false, or null where the source is uncertain or says nothing.</param>
internal sealed record FindingQuestion(PromptPair Prompts, bool?[] Answers)
{
    public string Finding => Prompts.Finding;

    public int[] Known => [.. Enumerable.Range(0, Answers.Length).Where(i => Answers[i] is not null)];

    public bool HasBoth => Known.Any(i => Answers[i] == true) && Known.Any(i => Answers[i] == false);

    /// <summary>The findings that the data can measure: those asked for, else every label, with the model's own findings first.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: a finding that the data does not have, or no label that some images have and others
    /// do not.</exception>
    public static IReadOnlyList<FindingQuestion> CreateAll(IReadOnlyList<Study> studies, PromptPairSet prompts, IReadOnlyList<string> asked,
        string field, string data, Action<string> note)
    {
        var labels = studies.SelectMany(s => s.Findings).GroupBy(l => l).OrderByDescending(g => prompts.HasFinding(g.Key))
            .ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Key).ToList();
        for (var i = 0; i < asked.Count; i++)
        {
            if (!labels.Any(l => FindingSynonyms.AreSame(l, FindingSynonyms.Normalise(asked[i]))))
                throw MeshException.Invalid($"{field}[{i}]",
                    $"'{EchoedText.Shorten(asked[i])}' is none of the {labels.Count} labels of the data");
        }

        var questions = (asked.Count > 0 ? asked.Select(FindingSynonyms.Normalise) : labels)
            .Select(f => new FindingQuestion(prompts.ForFinding(f) with { Finding = f }, Answer(studies, f))).ToList();
        var answerable = questions.Where(q => q.HasBoth).ToList();
        if (answerable.Count == 0)
            throw MeshException.Invalid(data, "no finding is present in some images and absent in others: "
                + (labels.Count == 0 ? "there are no labels" : $"every image has the same {labels.Count} labels"));
        foreach (var left in questions.Except(answerable))
            note($"{left.Finding}: not measured, because all images have it, or none has.");
        var plain = answerable.Where(q => !prompts.HasFinding(q.Finding)).Select(q => q.Finding).ToList();
        if (plain.Count > 0)
            note($"The model has no prompts of its own for {string.Join(", ", plain)}: a plain pair was used, and nothing says that it "
                + $"has learnt them.");
        return answerable;
    }

    /// <summary>The same finding on other studies.</summary>
    public FindingQuestion ForStudies(IReadOnlyList<Study> studies) => this with { Answers = Answer(studies, Finding) };

    private static bool?[] Answer(IReadOnlyList<Study> studies, string finding) =>
        [.. studies.Select(s => Has(s.Findings, finding) ? true
            : !s.IsLabelled || Has(s.Uncertain, finding) || Has(s.Unanswered, finding) ? null : (bool?)false)];

    private static bool Has(IEnumerable<string> labels, string finding) => labels.Any(l => FindingSynonyms.AreSame(l, finding));
}
