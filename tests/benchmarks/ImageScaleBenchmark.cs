using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Testkit;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>
/// Pictures a second from one, two and four replicas of the diffusion service through the mesh's own client: what choosing replicas is worth,
/// without the work of the other services, for machines that have no cores for those. A replica does 8 a second.
/// </summary>
internal static class ImageScaleBenchmark
{
    private const int Seconds = 12;

    /// <returns>0 when N replicas make at least 0.9 N times the pictures of one.</returns>
    public static async Task<int> RunAsync()
    {
        var (one, good) = (0.0, true);
        foreach (var replicas in new[] { 1, 2, 4 })
        {
            var (rate, failed) = await RateAsync(replicas);
            one = replicas == 1 ? rate : one;
            good &= failed == 0 && rate >= 0.9 * replicas * one;
            Console.WriteLine($"{replicas} replicas: {rate:F2} pictures/s, {rate / one:F2} times one (0.9 x {replicas} wanted), {failed} failed");
        }

        return good ? 0 : 1;
    }

    private static async Task<(double Rate, int Failed)> RateAsync(int replicas)
    {
        using var scratch = new Scratch();
        var processes = new List<SyncxrProcess>();
        var addresses = new List<string>();
        try
        {
            for (var i = 0; i < replicas; i++)
            {
                var port = SyncxrProcess.FreePort();
                addresses.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
                processes.Add(SyncxrProcess.Service(
                    "Diffusion", "--Diffusion:Engine=fixed-cost", string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={port}"), "--Mesh:JsonPort=0", $"--Storage:Root={scratch.Path}"));
            }

            while (!processes.TrueForAll(p => p.Output.Contains("loaded", StringComparison.Ordinal)))
                await Task.Delay(200);
            var builder = MeshHost.CreateBuilder(["--Logging:LogLevel:Default=Warning", $"--Peers:diffusion={string.Join(',', addresses)}"], "gateway");
            builder.AddMeshClient<DiffusionService.DiffusionServiceClient>("diffusion");
            await using var services = builder.Services.BuildServiceProvider();
            return await LoadAsync(services.GetRequiredService<DiffusionService.DiffusionServiceClient>(), 24 * replicas);
        }
        finally
        {
            foreach (var process in processes)
                await process.DisposeAsync();
        }
    }

    private static async Task<(double Rate, int Failed)> LoadAsync(DiffusionService.DiffusionServiceClient client, int callers)
    {
        var (done, failed, clock) = (0, 0, Stopwatch.StartNew());
        await Task.WhenAll(Enumerable.Range(0, callers).Select(async caller =>
        {
            for (var i = 0; clock.Elapsed.TotalSeconds < Seconds + 3; i++)
            {
                try
                {
                    await client.RenderImageAsync(new RenderImageRequest { Spec = new ImageSpec { Prompt = "Clear lungs.", Seed = (ulong)((caller * 1000) + i) } });
                    if (clock.Elapsed.TotalSeconds is > 3 and <= Seconds + 3)
                        Interlocked.Increment(ref done);
                }
                catch (RpcException)
                {
                    Interlocked.Increment(ref failed);
                }
            }
        }));
        return (done / (double)Seconds, failed);
    }
}
