using System.Globalization;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Hosting.Bodies;

/// <summary>
/// Bounds how many requests arrive at once, and how many bytes of requests the process holds. A request counts with what has arrived of it,
/// until its call ends.
/// </summary>
internal sealed class RequestMemoryLimiter(IOptions<MeshOptions> options, ConcurrencyLimiterMetrics metrics, TimeProvider clock)
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromSeconds(1);
    private readonly RequestConcurrencyLimiter _arrivals = new("request", options.Value.MaxCalls, 0, metrics, clock);
    private readonly long _limit = options.Value.RequestBytesInFlight;
    private long _held;

    /// <summary>Bytes that are held now.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Counts a request as arriving until the result is disposed.</summary>
    /// <exception cref="MeshException">QUEUE_FULL.</exception>
    public IDisposable EnterArrival() => _arrivals.Enter();

    /// <summary>Holds bytes until the result is disposed.</summary>
    public RequestMemory Open() => new(this);

    /// <summary>The bytes that one request holds.</summary>
    internal sealed class RequestMemory(RequestMemoryLimiter owner) : IDisposable
    {
        private long _bytes;

        /// <exception cref="MeshException">QUEUE_FULL: the process holds as much as it may.</exception>
        public void Grow(long bytes)
        {
            if (Interlocked.Add(ref owner._held, bytes) > owner._limit)
            {
                Interlocked.Add(ref owner._held, -bytes);
                throw new MeshException(ErrorReasons.QueueFull, string.Create(CultureInfo.InvariantCulture,
                    $"The requests that this process works on take {owner._limit:N0} bytes, its limit; try again in 1 s."),
                    retryAfter: _retryAfter);
            }

            _bytes += bytes;
        }

        public void Dispose() => Interlocked.Add(ref owner._held, -Interlocked.Exchange(ref _bytes, 0));
    }
}
