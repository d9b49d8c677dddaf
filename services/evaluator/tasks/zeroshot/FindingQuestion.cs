using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;

namespace SynCxr.Mesh.Evaluator.Tasks.ZeroShot;

/// <summary>One finding, and which pictures show it.</summary>
/// <param name="Answers">By study: true, false, or null where the source says that it is not known.</param>
internal sealed record FindingQuestion(PromptPair Prompts, bool?[] Answers)
{
    public string Finding => Prompts.Finding;

    public int[] Known => [.. Enumerable.Range(0, Answers.Length).Where(i => Answers[i] is not null)];

    public bool HasBoth => Known.Any(i => Answers[i] == true) && Known.Any(i => Answers[i] == false);

    /// <summary>The questions that the data can answer: those asked for, else every label, the model's own findings first.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: a finding that the data lacks, or no label to tell apart.</exception>
    public static IReadOnlyList<FindingQuestion> CreateAll(IReadOnlyList<Study> studies, PromptPairSet prompts, IReadOnlyList<string> asked,
        string field, string data, Action<string> note)
    {
        var labels = studies.SelectMany(s => s.Labels).GroupBy(l => l).OrderByDescending(g => prompts.HasFinding(g.Key))
            .ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Key).ToList();
        for (var i = 0; i < asked.Count; i++)
        {
            if (!labels.Any(l => FindingSynonyms.AreSame(l, FindingSynonyms.Normalise(asked[i]))))
                throw MeshException.Invalid($"{field}[{i}]",
                    $"'{asked[i]}' is no label of the data; it has {string.Join(", ", labels.Order(StringComparer.Ordinal))}");
        }

        var questions = (asked.Count > 0 ? asked.Select(FindingSynonyms.Normalise) : labels)
            .Select(f => new FindingQuestion(prompts.ForFinding(f) with { Finding = f }, Answer(studies, f))).ToList();
        var answerable = questions.Where(q => q.HasBoth).ToList();
        if (answerable.Count == 0)
            throw MeshException.Invalid(data,
                $"no finding tells pictures apart: "
                    + $"{(labels.Count == 0 ? "there are no labels" : $"every picture is labelled {string.Join(", ", labels)}")}");
        foreach (var left in questions.Except(answerable))
            note($"{left.Finding}: every picture has it, or none; not measured.");
        var plain = answerable.Where(q => !prompts.HasFinding(q.Finding)).Select(q => q.Finding).ToList();
        if (plain.Count > 0)
            note($"The model has no prompts of its own for {string.Join(", ", plain)}: a plain pair was used, and nothing says that it "
                + $"has learnt them.");
        return answerable;
    }

    /// <summary>The same question of other studies.</summary>
    public FindingQuestion ForStudies(IReadOnlyList<Study> studies) => this with { Answers = Answer(studies, Finding) };

    private static bool?[] Answer(IReadOnlyList<Study> studies, string finding) =>
        [.. studies.Select(
            s => s.Labels.Any(l => FindingSynonyms.AreSame(l, finding)) ? true : s.Uncertain.Any(l => FindingSynonyms.AreSame(l, finding))
                ? null : (bool?)false)];
}
