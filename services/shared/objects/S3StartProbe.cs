using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Lifecycle;

namespace SynCxr.Mesh.Objects;

/// <summary>
/// Finds out at start whether the store takes this process: its key, and the bucket. Without it the first image of the first data set
/// would.
/// </summary>
internal sealed class S3StartProbe(S3Bucket bucket, IOptions<ObjectStoreOptions> options, ServerWait wait)
    : IHostedService, IStartPrerequisite
{
    /// <summary>How long one try may take.</summary>
    public static readonly TimeSpan TryLimit = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private Task? _probed;

    /// <summary>Waits for the store, where it is one of S3, once.</summary>
    /// <exception cref="StartException">It refuses this process; says what, where, and what to do.</exception>
    public Task PrepareAsync(CancellationToken cancellation)
    {
        lock (_gate)
            return _probed ??= options.Value.Kind == ObjectStoreNames.S3 ? WaitAsync(cancellation) : Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => PrepareAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Task WaitAsync(CancellationToken cancellation)
    {
        var errors = new S3StartErrorFormatter(options.Value);
        return wait.WaitAsync(errors.Server, $"{ObjectStoreOptions.Section}:{nameof(ObjectStoreOptions.Endpoint)}",
            async ended =>
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(ended);
                limit.CancelAfter(TryLimit);
                await bucket.ProbeAsync(limit.Token);
            },
            errors.Describe, cancellation);
    }
}
