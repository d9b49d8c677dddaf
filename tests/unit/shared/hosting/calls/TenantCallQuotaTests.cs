using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Shared.Tests.Hosting.Replicas;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Hosting.Calls;

public sealed class TenantCallQuotaTests
{
    private readonly TenantCallQuota _quota = new(Options.Create(new MeshOptions { CallsPerTenant = 2, WatchesPerTenant = 3 }));

    [Fact]
    public void Enter_TenantWithAllItsWatches_IsRefusedAndNobodyElse()
    {
        var watches = Enumerable.Range(0, 3).Select(_ => _quota.Enter("a", isWatch: true)).ToList();

        var refusal = Assert.Throws<MeshException>(() => _quota.Enter("a", isWatch: true));
        Assert.Equal(ErrorReasons.QuotaExhausted, refusal.Reason);
        Assert.Contains("3 watches", refusal.Message, StringComparison.Ordinal);
        _quota.Enter("a", isWatch: false).Dispose();
        _quota.Enter("b", isWatch: true).Dispose();
        watches[0].Dispose();
        _quota.Enter("a", isWatch: true).Dispose();
    }

    [Fact]
    public async Task Call_TenantAtItsQuota_IsRefusedOverTheWireAndAnotherIsAnswered()
    {
        await using var server = await ReplicaServer.StartAsync("--Mesh:CallsPerTenant=1");
        await using var caller = new ReplicaClient($"--Peers:report={server.Address}", "--Mesh:CallAttempts=1");
        await caller.CallAsync();
        server.Service.Gate = new TaskCompletionSource();
        Task held;
        using (RequestContext.Enter("a", "first"))
            held = caller.CallAsync();
        while (server.Service.Calls < 2)
            await Task.Delay(5, TestContext.Current.CancellationToken);

        using (RequestContext.Enter("a", "second"))
        {
            var refusal = await Assert.ThrowsAsync<Grpc.Core.RpcException>(caller.CallAsync);
            Assert.Equal(Grpc.Core.StatusCode.ResourceExhausted, refusal.StatusCode);
        }

        Task other;
        using (RequestContext.Enter("b", "third"))
            other = caller.CallAsync();
        server.Service.Gate.SetResult();
        await Task.WhenAll(held, other);
    }
}
