using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Testkit.Load;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>
/// How long a tenant's four pairs take beside a large data set of another tenant, and what it costs to watch a data set of a million
/// pairs. Each service is its own process; the engine is <c>fixed-cost</c>: 8 images a second, whatever the machine.
/// </summary>
internal static class FairnessBenchmark
{
    private const int FewPairs = 4, ManyPairs = 1_000_000, Watchers = 200;
    private const double MostTimes = 3, MostShare = 0.01;
    private static readonly string[] _engine = ["--set", "Diffusion:Engine=fixed-cost"];

    /// <returns>0 when the four pairs take at most three times as long as alone.</returns>
    public static async Task<int> RunTurnsAsync()
    {
        await using var mesh = await MeshUpProcess.StartAsync(_engine);
        using var channel = GrpcChannel.ForAddress(mesh.Replicas.Single(r => r.Service == "balancer").Grpc);
        var datasets = new DatasetService.DatasetServiceClient(channel);
        await SealAsync(datasets, "b", 32, seed: 1); // until here the processes compile more than they work
        var alone = TimeSpan.Zero;
        for (var seed = 2UL; seed < 5; seed++)
            alone += await SealAsync(datasets, "b", FewPairs, seed);
        alone /= 3;
        var many = await CreateAsync(datasets, "a", ManyPairs / 50, seed: 9);
        while ((await datasets.GetDatasetAsync(new GetDatasetRequest { Name = many }, As("a"))).Dataset.Counts.Accepted < 100)
            await Task.Delay(500);
        var beside = TimeSpan.Zero;
        for (var seed = 5UL; seed < 8; seed++)
            beside += await SealAsync(datasets, "b", FewPairs, seed);
        beside /= 3;
        await datasets.CancelDatasetAsync(new CancelDatasetRequest { Name = many }, As("a"));

        var figures = new MeasurementTable(string.Create(CultureInfo.InvariantCulture,
            $"turns: {FewPairs} pairs of one tenant beside {ManyPairs / 50} of another, mean of 3"));
        figures.Add("alone", $"{alone.TotalSeconds:F2} s");
        figures.Add("beside the other tenant's", $"{beside.TotalSeconds:F2} s");
        figures.Add("times as long", $"{beside / alone:F2}", "<= 3", beside / alone <= MostTimes);
        Console.Write(figures);
        return figures.AllHold ? 0 : 1;
    }

    /// <returns>0 when the watchers of a paused data set of a million pairs take less than a hundredth of a core together.</returns>
    public static async Task<int> RunWatchesAsync(double seconds)
    {
        // Some thousand bytes are some tens of images: then the data set is paused in a shard that was begun, and only watches are left.
        await using var mesh = await MeshUpProcess.StartAsync([.. _engine, "--set", "Balancer:BytesPerTenant=200000"]);
        var balancer = mesh.Replicas.Single(r => r.Service == "balancer");
        using var channel = GrpcChannel.ForAddress(balancer.Grpc);
        var datasets = new DatasetService.DatasetServiceClient(channel);
        var name = await CreateAsync(datasets, "a", ManyPairs, seed: 9);
        var last = await WatchAsync(datasets, "a", name, d => d.State == DatasetState.Paused);
        await Task.Delay(TimeSpan.FromSeconds(5));
        var unwatched = await MeasureShareAsync(balancer.Pid, seconds);
        var looks = 0;
        using var stop = new CancellationTokenSource();
        var watches = Enumerable.Range(0, Watchers).Select(_ => Task.Run(async () =>
        {
            using var call = datasets.WatchDataset(new WatchDatasetRequest { Name = name }, As("a"), cancellationToken: stop.Token);
            try
            {
                while (await call.ResponseStream.MoveNext(stop.Token))
                    Interlocked.Increment(ref looks);
            }
            catch (RpcException ended) when (ended.StatusCode == StatusCode.Cancelled)
            {
                // the measurement is over
            }
        })).ToList();
        await Task.Delay(TimeSpan.FromSeconds(10));
        var opened = looks;
        var watched = await MeasureShareAsync(balancer.Pid, seconds);
        await stop.CancelAsync();
        await Task.WhenAll(watches);

        var figures = new MeasurementTable(string.Create(CultureInfo.InvariantCulture,
            $"watches: {Watchers} of a data set of {ManyPairs} pairs for {seconds} s, {last.Counts.Attempts} attempts made"));
        figures.Add("watches that were answered", $"{opened}", $"{Watchers}", opened >= Watchers);
        figures.Add("balancer unwatched, of a core", $"{unwatched:P2}");
        figures.Add("balancer watched, of a core", $"{watched:P2}");
        figures.Add("what the watches cost, of a core", $"{watched - unwatched:P2}", "< 1 %", watched - unwatched < MostShare);
        Console.Write(figures);
        return figures.AllHold ? 0 : 1;
    }

    private static async Task<double> MeasureShareAsync(int process, double seconds)
    {
        var (used, start) = (ProcessorTime.UsedSeconds(process), TimeProvider.System.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        return (ProcessorTime.UsedSeconds(process) - used) / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<TimeSpan> SealAsync(DatasetService.DatasetServiceClient datasets, string tenant, int pairs, ulong seed)
    {
        var start = TimeProvider.System.GetTimestamp();
        var last = await WatchAsync(datasets, tenant, await CreateAsync(datasets, tenant, pairs, seed), _ => false);
        return last.State == DatasetState.Sealed ? TimeProvider.System.GetElapsedTime(start)
            : throw new InvalidOperationException($"{last.State}: {last.Failure}");
    }

    private static async Task<string> CreateAsync(DatasetService.DatasetServiceClient datasets, string tenant, int pairs, ulong seed)
    {
        var spec = new DatasetSpec { Pairs = pairs, Seed = seed, Curation = new CurationSettings { AcceptAll = true } };
        if (pairs == ManyPairs)
            spec.Draw = new Balancer.V1.SamplingSpec { FindingsPerSet = 3, AnatomyPerSet = 2, Scope = Balancer.V1.FindingScope.All };
        return (await datasets.CreateDatasetAsync(new CreateDatasetRequest { Spec = spec }, As(tenant))).Dataset.Name;
    }

    private static async Task<ImageReportDataset> WatchAsync(DatasetService.DatasetServiceClient datasets, string tenant, string name,
        Func<ImageReportDataset, bool> isEnough)
    {
        using var call = datasets.WatchDataset(new WatchDatasetRequest { Name = name }, As(tenant));
        ImageReportDataset? last = null;
        while (await call.ResponseStream.MoveNext(CancellationToken.None) && !isEnough(last = call.ResponseStream.Current.Dataset))
            last = call.ResponseStream.Current.Dataset;
        return last!;
    }

    private static Metadata As(string tenant) => new() { { RequestContext.TenantHeader, tenant } };
}
