using SynCxr.Mesh.Models;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests;

public sealed class VerdictTests
{
    private static readonly JudgeHead[] _heads =
    [
        new() { Question = "is_chest_xray", Trained = true, Threshold = 0.5 },
        new() { Question = "is_human", Trained = false, Threshold = 0.5 },
        new() { Question = "is_good_quality", Trained = true, Threshold = 0.8 },
    ];

    [Fact]
    public void Accepted_AllTrainedAnswersYesAndNoLikeness_IsTrueThoughAnUntrainedOneIsNo()
    {
        var verdict = new Verdict(Verdict.AnswersOf(_heads, [3, -5, 3]),
            [new LikenessResult(LikenessCheckNames.BadBank, 0.5, 0.97, "blank")]);
        Assert.True(verdict.Accepted);
        Assert.Empty(verdict.Reasons);
        Assert.Equal([true, false, true], verdict.Answers.Select(a => a.IsYes));
        Assert.Equal([false, true, false], verdict.Answers.Select(a => a.IsUntrained));
    }

    [Fact]
    public void Reasons_SeveralFindings_AreAllThereAndSorted()
    {
        var verdict = new Verdict(
            Verdict.AnswersOf(_heads, [-3, 5, 1]),
            [new LikenessResult(LikenessCheckNames.Memorised, 0.999, 0.995, "person1"),
                new LikenessResult(LikenessCheckNames.BadBank, 0.97, 0.97, "blank")]);
        Assert.False(verdict.Accepted);
        Assert.Equal(["bad_bank", "memorised", "question:is_chest_xray", "question:is_good_quality"], verdict.Reasons);
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1, 0.7310585786300049)]
    [InlineData(-1000, 0)]
    [InlineData(1000, 1)]
    public void AnswersOf_Logit_BecomesAProbability(float logit, double probability) =>
        Assert.Equal(probability, Verdict.AnswersOf(_heads, [logit, 0, 0])[0].Score, 1e-15);

    [Fact]
    public void AnswersOf_ScoreAtItsThreshold_IsYes() => Assert.True(Verdict.AnswersOf(_heads, [0, 0, 0])[0].IsYes);
}
