using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Tasks.ZeroShot;
using SynCxr.Mesh.Radiographs;
using Xunit;

namespace SynCxr.Mesh.Evaluator.Tests.Tasks;

/// <summary>What a source leaves open is neither a positive nor a negative.</summary>
public sealed class FindingQuestionTests
{
    [Fact]
    public void CreateAll_WhatIsUncertainOrOpen_IsNotMeasured()
    {
        var edema = new Study { Id = "a", Source = "s", Labels = ["edema"] };
        Study[] studies =
        [
            edema, edema with { Labels = [] }, edema with { Labels = [], Negative = ["edema"] },
            edema with { Labels = [], Uncertain = ["edema"] },
            edema with { Labels = [], Unanswered = ["edema"] }, edema with { Labels = [], IsLabelled = false },
        ];

        var question = Assert.Single(FindingQuestion.CreateAll(studies, PromptPairSet.Empty, [], "f", "d", _ => { }));

        Assert.Equal([true, false, false, null, null, null], question.Answers);
        Assert.Equal(3, question.Known.Length);
    }

    [Fact]
    public void CreateAll_NothingButOpenAnswersBesidePositives_IsRefused() => Assert.Throws<MeshException>(() => FindingQuestion.CreateAll(
        [new Study { Id = "a", Source = "s", Labels = ["edema"] }, new Study { Id = "b", Source = "s", Unanswered = ["edema"] }],
        PromptPairSet.Empty, [], "f", "d", _ => { }));
}
