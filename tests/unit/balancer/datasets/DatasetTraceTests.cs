using System.Collections.Concurrent;
using System.Diagnostics;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Balancer.Tests.Datasets;

/// <summary>One trace from the call that creates a data set through messages and calls to its sealed shards.</summary>
public sealed class DatasetTraceTests
{
    [Fact]
    public async Task Dataset_CreatedToSealed_IsOneTraceThroughMessagesAndCalls()
    {
        var spans = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var mesh = await BalancerTestMesh.StartAsync(BalancerTestMesh.CreateStateFolder(),
            new PeerOptions { DistinctImages = 60 });

        var done = await mesh.WatchAsync((await mesh.CreateAsync(BalancerTestMesh.CreateSpec(pairs: 6))).Name);

        Assert.True(done.State == DatasetState.Sealed, done.Failure?.Message);
        var id = done.Name.Split('/')[1];
        Activity? create = null;
        Assert.True(
            SpinWait.SpinUntil(
                () => (create = spans.FirstOrDefault(
                    s => s.OperationName == "dataset.create" && Equals(s.GetTagItem("syncxr.dataset"), id))) is not null,
                    TimeSpan.FromSeconds(10)));
        Assert.True(SpinWait.SpinUntil(() => spans.Any(s => s.TraceId == create!.TraceId && s.OperationName == "dataset.seal"),
            TimeSpan.FromSeconds(10)));
        var trace = spans.Where(s => s.TraceId == create!.TraceId).ToList();
        Assert.NotEmpty(create!.Links); // to the caller's own trace
        foreach (var step in new[] { "pair.Planned", "pair.Reported", "pair.Rendered", "shard.deduplicate" })
            Assert.Contains(trace, s => s.OperationName == step);
        Assert.Contains(trace, s => s.Source.Name == "MassTransit");
        foreach (var call in new[] { "WriteReport", "RenderImage", "AssessImage" })
            Assert.Contains(trace,
                s => s.Kind == ActivityKind.Server
                    && (s.DisplayName + string.Join(' ', s.TagObjects.Select(t => t.Value))).Contains(call, StringComparison.Ordinal));
    }
}
