using Microsoft.Extensions.Options;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Trainer.Recipes;
using SynCxr.Mesh.Trainer.Runs;
using Xunit;

namespace SynCxr.Mesh.Trainer.Tests.Runs;

/// <summary>A newer program finds the checkpoints of an older one: whatever is added to plans, a plan without it keeps its key.</summary>
public sealed class TrainingFoldersTests
{
    [Fact]
    public void Work_PlanWithoutWhatCameLater_HasTheKeyThatItAlwaysHad()
    {
        using var state = new ScratchFolder();
        var folders = new TrainingFolders(Options.Create(new TrainerOptions { StateFolder = state.Path }));
        var plan = new TrainingPlan("convirt", "tiny", [], "m", 1, 300);
        Assert.Equal(state["training-work/local/287f73cf1ab3b805b124fccd"], folders.GetWorkFolder("local", plan));
        Assert.NotEqual(folders.GetWorkFolder("local", plan), folders.GetWorkFolder("local", plan with { Frozen = ["image."] }));
    }
}
