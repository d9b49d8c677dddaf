using MassTransit;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Hosting.Bus;

/// <summary>
/// Publishes messages within a time limit. A plain <c>Publish</c> would wait for a broker that is away; here the caller goes on, and what
/// was not published is published again later from the rows: messages are hints, the rows are the truth.
/// </summary>
public sealed class MeshPublisher(IBus bus, IOptions<MeshOptions> options, ILogger<MeshPublisher> logger)
{
    /// <summary>Publishes messages in order, until all are published, one fails, or <c>Mesh:PublishLimit</c> is over.</summary>
    /// <returns>How many were published.</returns>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
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
