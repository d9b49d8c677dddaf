using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using SynCxr.Mesh.Diffusion.V1;

namespace SynCxr.Mesh.Testkit.Load;

/// <summary>
/// Calls <c>GenerateImage</c> at a fixed rate, whether earlier calls have ended or not (an open loop), and never retries. The time of a
/// call counts from when it was due, so that a late generator does not make it look shorter.
/// </summary>
/// <param name="rate">Calls per second.</param>
public sealed class OpenLoopLoadGenerator(string address, double rate)
{
    /// <summary>How one call ended.</summary>
    /// <param name="Due">When it was due, in seconds from the start.</param>
    /// <param name="SendDelay">Seconds after that at which it was sent.</param>
    /// <param name="End">When it ended, in seconds from the start.</param>
    public sealed record Call(double Due, double SendDelay, double End, StatusCode Status, bool HasPushBack);

    private readonly ConcurrentBag<Call> _calls = [];
    private readonly Stopwatch _clock = new();

    /// <summary>The calls that have ended.</summary>
    public IReadOnlyCollection<Call> Calls => _calls;

    private double Now => _clock.Elapsed.TotalSeconds;

    /// <summary>Calls until the token is cancelled, and then waits for the calls that have not ended.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var client = new DiffusionService.DiffusionServiceClient(channel);
        var open = new List<Task>();
        _clock.Start();
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var due = i / rate;
            if (due > Now)
                await Task.Delay(TimeSpan.FromSeconds(due - Now), CancellationToken.None);
            open.Add(CallAsync(client, i, due));
        }

        await Task.WhenAll(open);
    }

    private async Task CallAsync(DiffusionService.DiffusionServiceClient client, long seed, double due)
    {
        var late = Now - due;
        var (status, pushBack) = (StatusCode.OK, false);
        try
        {
            using var call = client.GenerateImage(new GenerateImageRequest { Spec = DiffusionReplicaProcess.CreateSpec(seed) });
            await foreach (var part in call.ResponseStream.ReadAllAsync())
                _ = part;
        }
        catch (RpcException error)
        {
            (status, pushBack) = (error.StatusCode, error.Trailers.GetValue("grpc-retry-pushback-ms") is not null);
        }

        _calls.Add(new Call(due, late, Now, status, pushBack));
    }
}
