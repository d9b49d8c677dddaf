using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Testkit;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>
/// Ten times what one diffusion replica can do, for half a minute: accepted work stays at its peak, refusals are quick and say when to come
/// again, memory stays, and clients that keep to that get everything. The engine is <c>fixed-cost</c>: 8 pictures a second.
/// </summary>
internal static class OverloadBenchmark
{
    private const double Capacity = 8;
    private const int Patient = 100;

    /// <returns>0 when every figure is within its bound.</returns>
    public static async Task<int> RunAsync(int seconds)
    {
        using var scratch = new Scratch();
        var port = SyncxrProcess.FreePort();
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}");
        await using var process = SyncxrProcess.Service(
            "Diffusion", "--Diffusion:Engine=fixed-cost", string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={port}"), "--Mesh:JsonPort=0", $"--Storage:Root={scratch.Path}");
        using var channel = GrpcChannel.ForAddress(address);
        var client = new DiffusionService.DiffusionServiceClient(channel);
        await ReadyAsync(client, process);
        var peak = await PeakAsync(client);
        Console.WriteLine($"peak {peak:F2} pictures/s (16 callers in a circle, 12 s; the engine's own limit is {Capacity})");

        var calls = new ConcurrentBag<(double At, double Seconds, StatusCode Status, bool PushBack)>();
        var memory = new List<long>();
        using var patient = PatientChannel(address);
        var (clock, open) = (Stopwatch.StartNew(), new List<Task>());
        Task<int>? got = null;
        for (var i = 0; clock.Elapsed.TotalSeconds < seconds; i++)
        {
            while (memory.Count < clock.Elapsed.TotalSeconds)
                memory.Add(ResidentBytes(process.Id));
            if (clock.Elapsed.TotalSeconds > seconds * 2 / 3.0)
                got ??= StartPatient(patient);
            open.Add(CallAsync(client, (ulong)i, clock, calls));
            var due = TimeSpan.FromSeconds((i + 1) / (10 * Capacity));
            if (due > clock.Elapsed)
                await Task.Delay(due - clock.Elapsed);
        }

        await Task.WhenAll(open);
        var served = got is null ? 0 : await got;
        return Judge(peak, seconds, calls, memory, served);
    }

    private static Task<int> StartPatient(GrpcChannel channel)
    {
        var client = new DiffusionService.DiffusionServiceClient(channel);
        return Task.Run(async () => (await Task.WhenAll(Enumerable.Range(0, Patient).Select(i => GetAsync(client, (ulong)(1_000_000 + i))))).Count(ok => ok));
    }

    private static int Judge(double peak, int seconds, ConcurrentBag<(double At, double Seconds, StatusCode Status, bool PushBack)> calls, List<long> memory, int served)
    {
        var accepted = calls.Count(c => c.Status == StatusCode.OK && c.At + c.Seconds is > 2 and var end && end <= seconds) / (double)(seconds - 2);
        var refused = calls.Where(c => c.Status == StatusCode.Unavailable).Select(c => c.Seconds).Order().ToList();
        var p99 = refused.Count == 0 ? double.NaN : refused[(int)(refused.Count * 0.99)];
        var growth = (memory.Skip(5).Max() - memory[5]) / 1048576.0;
        var silent = calls.Count(c => c.Status == StatusCode.Unavailable && !c.PushBack);
        var others = calls.GroupBy(c => c.Status).Where(g => g.Key is not (StatusCode.OK or StatusCode.Unavailable)).Select(g => $"{g.Key} {g.Count()}");
        Console.WriteLine($"{calls.Count} calls in {seconds} s, {calls.Count / (double)seconds / Capacity:F1} times the capacity; other ends: [{string.Join(", ", others)}]");
        Console.WriteLine($"accepted work {accepted:F2}/s, {accepted / peak:P0} of the peak (90 % wanted)");
        Console.WriteLine($"{refused.Count} refusals, p50 {refused.ElementAtOrDefault(refused.Count / 2) * 1000:F1} ms, p99 {p99 * 1000:F1} ms at the client (250 ms at most), {silent} without push-back");
        Console.WriteLine($"resident memory after second 5: {growth:+0.0;-0.0} MB (64 at most)");
        Console.WriteLine($"{served} of {Patient} patient calls (5 attempts, push-back kept) that began at two thirds got their picture");
        return accepted >= 0.9 * peak && p99 <= 0.25 && growth <= 64 && silent == 0 && served == Patient ? 0 : 1;
    }

    private static async Task CallAsync(
        DiffusionService.DiffusionServiceClient client, ulong seed, Stopwatch clock, ConcurrentBag<(double, double, StatusCode, bool)> calls)
    {
        var at = clock.Elapsed.TotalSeconds;
        var (status, pushBack) = (StatusCode.OK, false);
        try
        {
            using var call = client.GenerateImage(Request(seed));
            await foreach (var part in call.ResponseStream.ReadAllAsync())
                _ = part;
        }
        catch (RpcException error)
        {
            (status, pushBack) = (error.StatusCode, error.Trailers.GetValue("grpc-retry-pushback-ms") is not null);
        }

        calls.Add((at, clock.Elapsed.TotalSeconds - at, status, pushBack));
    }

    private static async Task<bool> GetAsync(DiffusionService.DiffusionServiceClient client, ulong seed)
    {
        try
        {
            using var call = client.GenerateImage(Request(seed));
            GenerateImageResponse? last = null;
            await foreach (var part in call.ResponseStream.ReadAllAsync())
                last = part;
            return last?.Image is not null;
        }
        catch (RpcException error)
        {
            Console.WriteLine($"a patient call failed: {error.Status}");
            return false;
        }
    }

    /// <summary>What any stock client has: the retry policy of the gRPC specification.</summary>
    private static GrpcChannel PatientChannel(string address) => GrpcChannel.ForAddress(address, new GrpcChannelOptions
    {
        MaxRetryAttempts = 5,
        ServiceConfig = new ServiceConfig
        {
            MethodConfigs =
            {
                new MethodConfig
                {
                    Names = { MethodName.Default },
                    RetryPolicy = new RetryPolicy
                    {
                        MaxAttempts = 5, InitialBackoff = TimeSpan.FromSeconds(1), MaxBackoff = TimeSpan.FromSeconds(10), BackoffMultiplier = 2, RetryableStatusCodes = { StatusCode.Unavailable },
                    },
                },
            },
        },
    });

    private static async Task<double> PeakAsync(DiffusionService.DiffusionServiceClient client)
    {
        var (done, clock) = (0, Stopwatch.StartNew());
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async caller =>
        {
            for (var i = 0; clock.Elapsed.TotalSeconds < 12; i++)
            {
                await GetAsync(client, (ulong)((caller * 1000) + i));
                if (clock.Elapsed.TotalSeconds is > 2 and <= 12)
                    Interlocked.Increment(ref done);
            }
        }));
        return done / 10.0;
    }

    private static async Task ReadyAsync(DiffusionService.DiffusionServiceClient client, SyncxrProcess process)
    {
        while (true)
        {
            if (process.HasExited)
                throw new InvalidOperationException(process.Error + process.Output);
            try
            {
                await client.ListModelsAsync(new ListModelsRequest());
                return;
            }
            catch (RpcException)
            {
                await Task.Delay(200);
            }
        }
    }

    private static GenerateImageRequest Request(ulong seed) => new() { Spec = new ImageSpec { Prompt = "Clear lungs.", Seed = seed } };

    private static long ResidentBytes(int process) =>
        1024 * long.Parse(File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
