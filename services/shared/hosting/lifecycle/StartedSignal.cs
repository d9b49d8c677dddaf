using Microsoft.Extensions.Hosting;

namespace SynCxr.Mesh.Hosting.Lifecycle;

/// <summary>For parts that work in the background: rows, bus and peers of the process are there once the application has started.</summary>
public static class StartedSignal
{
    /// <summary>Waits until every part of the process has started.</summary>
    public static async Task WaitForStartAsync(this IHostApplicationLifetime lifetime, CancellationToken cancellation)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(cancellation);
    }
}
