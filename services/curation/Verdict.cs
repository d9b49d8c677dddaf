using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Curation;

/// <summary>The answer to one question; an untrained one is recorded and decides nothing.</summary>
/// <param name="Score">Probability of yes.</param>
internal sealed record QuestionAnswer(string Question, double Score, double Threshold, bool IsUntrained)
{
    public bool IsYes => Score >= Threshold;
}

/// <summary>A likeness that was measured.</summary>
/// <param name="Check">One of <see cref="LikenessCheckNames"/>.</param>
/// <param name="Similarity">Cosine to the nearest.</param>
/// <param name="Nearest">What the nearest is.</param>
internal sealed record LikenessResult(string Check, double Similarity, double Threshold, string Nearest)
{
    public bool IsRejected => Similarity >= Threshold;
}

/// <summary>The likenesses that are measured, and the reasons that they give.</summary>
internal static class LikenessCheckNames
{
    /// <summary>Likeness to a known-bad image.</summary>
    public const string BadBank = "bad_bank";

    /// <summary>Likeness to a training image of the generator.</summary>
    public const string Memorised = "memorised";

    /// <summary>Likeness to an accepted pair of the same data set.</summary>
    public const string NearDuplicate = "near_duplicate";
}

/// <summary>Everything that was asked and answered of one image.</summary>
internal sealed record Verdict(IReadOnlyList<QuestionAnswer> Answers, IReadOnlyList<LikenessResult> Likenesses)
{
    /// <summary>Why not; sorted.</summary>
    public IReadOnlyList<string> Reasons { get; } =
    [
        .. Answers.Where(a => !a.IsYes && !a.IsUntrained).Select(a => $"question:{a.Question}")
            .Concat(Likenesses.Where(r => r.IsRejected).Select(r => r.Check))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>True when every trained answer is yes and no likeness is refused.</summary>
    public bool Accepted => Reasons.Count == 0;

    /// <summary>The answers that logits give, in the order of the heads.</summary>
    public static IReadOnlyList<QuestionAnswer> AnswersOf(IReadOnlyList<JudgeHead> heads, IReadOnlyList<float> logits) =>
        [.. heads.Select(
            (head, i) => new QuestionAnswer(head.Question, 1 / (1 + Math.Exp(-(double)logits[i])), head.Threshold, !head.Trained))];
}
