using SynCxr.Mesh.Curation.Alignment;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Curation;

/// <summary>The answer to one question; an answer of an untrained head is recorded, but decides nothing.</summary>
/// <param name="Score">Probability of yes.</param>
internal sealed record QuestionAnswer(string Question, double Score, double Threshold, bool IsUntrained)
{
    public bool IsYes => Score >= Threshold;

    /// <summary>True where a chat model said neither yes nor no.</summary>
    public bool IsInconclusive { get; init; }

    /// <summary>What a chat model said; null for other judges.</summary>
    public string? Said { get; init; }

    /// <summary>Why the image is rejected for it, if it is.</summary>
    public string Reason => (IsInconclusive ? "inconclusive:" : "question:") + Question;
}

/// <summary>The likeness of an image to the most similar reference.</summary>
/// <param name="Check">One of <see cref="LikenessCheckNames"/>.</param>
/// <param name="Similarity">Cosine similarity to the nearest reference.</param>
/// <param name="Nearest">Name of the nearest reference.</param>
internal sealed record LikenessResult(string Check, double Similarity, double Threshold, string Nearest)
{
    public bool IsRejected => Similarity >= Threshold;
}

/// <summary>The names of the likeness checks, which are also the reasons of a rejection.</summary>
internal static class LikenessCheckNames
{
    /// <summary>Likeness to an image of the bad bank; for artefacts that the questions miss.</summary>
    public const string BadBank = "bad_bank";

    /// <summary>Likeness to a training image of the generator; for images that it memorised.</summary>
    public const string Memorised = "memorised";

    /// <summary>Likeness to an accepted pair of the same data set; for variety.</summary>
    public const string NearDuplicate = "near_duplicate";

    /// <summary>The names.</summary>
    public static IReadOnlyCollection<string> All { get; } = [BadBank, Memorised, NearDuplicate];
}

/// <summary>The verdict on one image: every answer and every likeness.</summary>
/// <param name="Alignment">How near it is to its report; null where that was not asked.</param>
internal sealed record Verdict(
    IReadOnlyList<QuestionAnswer> Answers, IReadOnlyList<LikenessResult> Likenesses, AlignmentResult? Alignment = null)
{
    /// <summary>Why the image is rejected, in ordinal order; empty where it is accepted.</summary>
    public IReadOnlyList<string> Reasons { get; } =
    [
        .. Answers.Where(a => !a.IsYes && !a.IsUntrained).Select(a => a.Reason)
            .Concat(Likenesses.Where(r => r.IsRejected).Select(r => r.Check))
            .Concat(Alignment is { IsRejected: true } ? [AlignmentResult.Reason] : [])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>True where a generator was named whose training images the image could not be compared with.</summary>
    public bool IsMemorisationUnchecked { get; init; }

    /// <summary>The model that a chat server says answered; null where nobody says it.</summary>
    public string? ServedModel { get; init; }

    /// <summary>True when every answer of a trained head is yes, no likeness reaches its threshold, and its alignment does.</summary>
    public bool Accepted => Reasons.Count == 0;

    /// <summary>The answers of the logits, in the order of the heads.</summary>
    public static IReadOnlyList<QuestionAnswer> AnswersOf(IReadOnlyList<JudgeHead> heads, IReadOnlyList<float> logits) =>
        [.. heads.Select(
            (head, i) => new QuestionAnswer(head.Question, 1 / (1 + Math.Exp(-(double)logits[i])), head.Threshold, !head.Trained))];
}
