using MassTransit;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Hosting.Bus;

/// <summary>
/// Publishes within a limit. A broker that is away would hold a plain <c>Publish</c> until it is back; here the caller goes on
/// and makes up for what was not handed over: messages are hints, the rows are the truth.
/// </summary>
public sealed class MeshPublisher(IBus bus, IOptions<MeshOptions> options, ILogger<MeshPublisher> logger)
{
    /// <summary>Hands messages over in order; the first that the broker does not take within <c>Mesh:PublishLimit</c> ends it.</summary>
    /// <returns>How many were handed over.</returns>
    /// <exception cref="OperationCanceledException">The caller's token.</exception>
    public async Task<int> PublishAsync<T>(IReadOnlyCollection<T> messages, CancellationToken cancellation)
        where T : class
    {
        var sent = 0;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(options.Value.PublishLimit);
        try
        {
            foreach (var message in messages)
            {
                await bus.Publish(message, limit.Token);
                sent++;
            }
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            Log.NotPublished(logger, error, messages.Count - sent, typeof(T).Name);
        }

        return sent;
    }
}
