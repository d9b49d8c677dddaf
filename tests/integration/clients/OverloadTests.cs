using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Load;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Clients;

/// <summary>
/// The overload contract on a real process. <c>tests/benchmarks -- overload</c> is the same for half a minute and a hundred Node calls,
/// and judges the times too: here they are shown only, since whatever else the machine does makes them longer.
/// </summary>
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
