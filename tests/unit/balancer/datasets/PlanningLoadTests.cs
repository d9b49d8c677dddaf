using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Testkit.Balancers;
using SynCxr.Mesh.Testkit.Load;

namespace SynCxr.Mesh.Balancer.Tests.Datasets;

/// <summary>What the balancer computes for callers has bounds, and does not keep it from answering.</summary>
public sealed class PlanningLoadTests
{
    private static readonly TimeSpan _prompt = TimeSpan.FromMilliseconds(100), _duration = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task Health_BesideTwelveOfTheMostExpensiveCalls_AnswersPromptly()
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), new PeerOptions(), null,
            "--Balancer:PlanQueue=4");

        var seen = await HealthUnderLoadScenario.RunAsync(mesh.Address, callers: 12, _duration);

        Assert.Empty(seen.Failed);
        Assert.True(seen.Refused > 0, "more came than may wait, and nobody was refused");
        Assert.True(seen.Health.Count > 10, $"health was answered {seen.Health.Count} times in {_duration}");
        // Nine of ten: this process also plays the callers. The benchmark `health` holds 99 of 100 against a process of its own.
        Assert.InRange(seen.Quantile(0.9), TimeSpan.Zero, _prompt);
    }

    [Fact]
    public async Task CreateDataset_PlanLongerThanTheLimit_IsRefusedWithTheSetting()
    {
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(), new PeerOptions(), null,
            "--Balancer:PlanLimit=00:00:01");
        var spec = new DatasetSpec
        {
            Pairs = 1_000_000,
            Draw = new SamplingSpec { FindingsPerSet = 16, AnatomyPerSet = 8, Scope = FindingScope.All },
        };

        var refusal = await RefusedCallAssert.HasReasonAsync(ErrorReasons.DeadlineUnmeetable,
            async () => await mesh.Datasets.CreateDatasetAsync(new CreateDatasetRequest { Spec = spec, ValidateOnly = true }));

        Assert.Contains("Balancer:PlanLimit", refusal.Status.Detail, StringComparison.Ordinal);
    }
}
