using System.Globalization;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Identity;
using SynCxr.Mesh.Testkit.Load;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>2,100 watches of one tenant at a gateway and a balancer with their default settings, and what another tenant gets.</summary>
internal static class TenantWatchBenchmark
{
    private const string TokenA = "token-of-tenant-a", TokenB = "token-of-tenant-b";
    private const int Watches = 2_100, Connections = 8, OfTheOther = 20;

    /// <returns>0 when the other tenant gets everything that it asks for.</returns>
    public static async Task<int> RunAsync()
    {
        using var scratch = new ScratchFolder();
        var (a, b) = await CreateDatasetsAsync(scratch["state"]);
        var tokens = TestTokenFile.Write(scratch["tokens.json"], (TokenA, "tenant-a"), (TokenB, "tenant-b"));
        var (balancerPort, gatewayPort) = (TestPort.Reserve(), TestPort.Reserve());
        await using var balancer = SyncxrProcess.StartService("Balancer", [.. tokens, .. Ports(balancerPort),
            $"--Balancer:StateFolder={scratch["state"]}", $"--Storage:Root={scratch["state"]}"]);
        await using var gateway = SyncxrProcess.StartService("Gateway",
            [.. tokens, .. Ports(gatewayPort), $"--Peers:balancer={Url(balancerPort)}"]);
        var channels = Enumerable.Range(0, Connections).Select(_ => GrpcChannel.ForAddress(Url(gatewayPort))).ToList();
        await WaitUntilServedAsync(channels[0], b, balancer, gateway);

        var ofA = await Task.WhenAll(Enumerable.Range(0, Watches).Select(i => OpenAsync(channels[i % Connections], a, TokenA)));
        var start = TimeProvider.System.GetTimestamp();
        var ofB = await Task.WhenAll(Enumerable.Range(0, OfTheOther).Select(i => OpenAsync(channels[i % Connections], b, TokenB)));
        var calls = 0;
        for (var i = 0; i < OfTheOther; i++)
        {
            await new DatasetService.DatasetServiceClient(channels[0]).GetDatasetAsync(new GetDatasetRequest { Name = b }, As(TokenB));
            calls++;
        }

        var took = TimeProvider.System.GetElapsedTime(start);
        var figures = new MeasurementTable(string.Create(CultureInfo.InvariantCulture,
            $"watches: {Watches} of one tenant through the gateway, then {OfTheOther} and {OfTheOther} calls of another"));
        foreach (var outcome in ofA.GroupBy(o => o.Reason).OrderBy(g => g.Key, StringComparer.Ordinal))
            figures.Add($"of the first: {outcome.Key}", $"{outcome.Count()}");
        figures.Add("of the other: open", $"{ofB.Count(o => o.Reason == "open")}", $"{OfTheOther}",
            ofB.All(o => o.Reason == "open"));
        figures.Add("calls of the other, answered", $"{calls}", $"{OfTheOther}", calls == OfTheOther);
        figures.Add("what the other asked took", $"{took.TotalSeconds:F2} s");
        Console.Write(figures);
        foreach (var outcome in ofA.Concat(ofB))
            outcome.Call.Dispose();
        channels.ForEach(channel => channel.Dispose());
        return figures.AllHold ? 0 : 1;
    }

    /// <summary>A data set for each tenant that goes on for hours, made by a mesh of one process that then ends.</summary>
    private static async Task<(string A, string B)> CreateDatasetsAsync(string state)
    {
        var port = TestPort.Reserve();
        await using var mesh = SyncxrProcess.StartCommand(["up", "--state", state, "--port",
            port.ToString(CultureInfo.InvariantCulture), "--json-port", TestPort.Reserve().ToString(CultureInfo.InvariantCulture)]);
        using var channel = GrpcChannel.ForAddress(Url(port));
        var datasets = new DatasetService.DatasetServiceClient(channel);
        while (!File.Exists(Path.Combine(state, "up.json")))
            await Task.Delay(200);
        var names = new List<string>();
        foreach (var tenant in new[] { "tenant-a", "tenant-b" })
        {
            var request = new CreateDatasetRequest { Spec = new DatasetSpec { Pairs = 5_000 } };
            names.Add((await datasets.CreateDatasetAsync(request, new Metadata { { RequestContext.TenantHeader, tenant } })).Dataset.Name);
        }

        await mesh.SignalAsync("INT");
        await mesh.WaitForExitAsync();
        return (names[0], names[1]);
    }

    private static async Task<(AsyncServerStreamingCall<WatchDatasetResponse> Call, string Reason)> OpenAsync(GrpcChannel channel,
        string name, string token)
    {
        var call = new DatasetService.DatasetServiceClient(channel).WatchDataset(new WatchDatasetRequest { Name = name }, As(token));
        try
        {
            return (call, await call.ResponseStream.MoveNext(CancellationToken.None) ? "open" : "ended");
        }
        catch (RpcException refusal)
        {
            return (call, refusal.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason ?? refusal.Status.ToString());
        }
    }

    private static async Task WaitUntilServedAsync(GrpcChannel channel, string name, params SyncxrProcess[] processes)
    {
        while (true)
        {
            if (processes.FirstOrDefault(p => p.HasExited) is { } ended)
                throw new InvalidOperationException(ended.Output + ended.Error);
            try
            {
                await new DatasetService.DatasetServiceClient(channel).GetDatasetAsync(new GetDatasetRequest { Name = name }, As(TokenB));
                return;
            }
            catch (RpcException starting) when (starting.StatusCode == StatusCode.Unavailable)
            {
                await Task.Delay(200);
            }
        }
    }

    private static Metadata As(string token) => new() { { "authorization", "Bearer " + token } };

    private static string[] Ports(int port) => [string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={port}"),
        string.Create(CultureInfo.InvariantCulture, $"--Mesh:JsonPort={TestPort.Reserve()}")];

    private static string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
}
