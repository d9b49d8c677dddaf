using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf.Reflection;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Calls;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Benchmarks;

/// <summary>Wrong inputs at every RPC of a standalone mesh: each refusal has one reason, and the memory comes back.</summary>
internal static class FuzzBenchmark
{
    private const int Callers = 16;
    private const double MemoryGrowth = 1.3;

    private static readonly ServiceDescriptor[] _services =
    [
        ReportService.Descriptor, DiffusionService.Descriptor, CurationService.Descriptor, BalancerService.Descriptor,
        DatasetService.Descriptor, TrainerService.Descriptor, EvaluatorService.Descriptor,
    ];

    /// <returns>0 when every answer is as it must be, the process lives, and its memory is within 1.3 times that of before.</returns>
    public static async Task<int> RunAsync(int inputs, int seed)
    {
        using var scratch = new ScratchFolder();
        await using var mesh = SyncxrProcess.StartCommand("up", "--state", scratch["state"], "--port",
            TestPort.Reserve().ToString(CultureInfo.InvariantCulture), "--json-port",
            TestPort.Reserve().ToString(CultureInfo.InvariantCulture));
        var file = Path.Combine(scratch["state"], "up.json");
        while (!File.Exists(file) && !mesh.HasExited)
            await Task.Delay(100);
        await Task.Delay(1000);
        using var addresses = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        using var fuzzer = new CallFuzzer(addresses.RootElement.GetProperty("grpc").GetString()!,
            addresses.RootElement.GetProperty("json").GetString()!, _services, seed);

        var warm = Math.Min(inputs / 20, 10_000); // what a process takes once: compiled code, pools, caches
        await fuzzer.RunAsync(0, warm, Callers);
        var before = await ReadMemoryAsync(mesh.Id);
        var clock = Stopwatch.StartNew();
        for (var done = warm; done < inputs && !mesh.HasExited; done += 10_000)
        {
            await fuzzer.RunAsync(done, Math.Min(done + 10_000, inputs), Callers);
            Console.WriteLine($"{Math.Min(done + 10_000, inputs)} of {inputs} inputs, {fuzzer.Wrong.Count} wrong answers, "
                + $"{await ReadMemoryAsync(mesh.Id) >> 20} MiB, {clock.Elapsed.TotalSeconds:F0} s");
        }

        await Task.Delay(TimeSpan.FromSeconds(15));
        var after = await ReadMemoryAsync(mesh.Id);
        foreach (var (reason, count) in fuzzer.Answers.OrderByDescending(a => a.Value))
            Console.WriteLine($"{count,8} {reason}");
        foreach (var wrong in fuzzer.Wrong.Take(40))
            Console.WriteLine(wrong);
        Console.WriteLine($"{fuzzer.Wrong.Count} wrong answers; memory {before >> 20} MiB before, {after >> 20} MiB after, "
            + $"{(double)after / before:F2} times (at most {MemoryGrowth})");
        return fuzzer.Wrong.IsEmpty && !mesh.HasExited && after <= MemoryGrowth * before ? 0 : 1;
    }

    /// <summary>Resident memory in bytes.</summary>
    private static async Task<long> ReadMemoryAsync(int process)
    {
        var line = (await File.ReadAllLinesAsync($"/proc/{process}/status")).First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
