using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Load;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Clients;

/// <summary>
/// What the mesh promises under overload, on a real process. <c>tests/benchmarks -- overload</c> does the same for half a minute with a
/// hundred Node calls and also checks the times; here they are only printed, since other work on the machine makes them longer.
/// </summary>
[Trait("Kind", "Timing")]
public sealed class OverloadTests(ITestOutputHelper output)
{
    [Fact]
    public async Task GenerateImage_TenTimesTheCapacity_KeepsItsPeakAndServesAClientThatRetriesAfterPushBack()
    {
        if (!Prerequisite.IsPresent(OverloadScenario.NodePackages.Folder, OverloadScenario.NodePackages.How))
            return;

        var figures = await OverloadScenario.RunAsync(seconds: 12, patient: 25);

        output.WriteLine(figures.ToString());
        Assert.True(figures.AllButTimesHold, figures.ToString());
    }
}
