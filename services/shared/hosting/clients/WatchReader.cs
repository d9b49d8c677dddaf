using System.Globalization;
using System.Runtime.CompilerServices;
using Grpc.Core;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Clients;

/// <summary>
/// Reads the watch of a data set, a training or an evaluation to its last state. A watch that breaks off, its server being killed, drained
/// or unreachable, is taken up again after a growing time, for as long as <paramref name="patience"/> allows: the first message of a watch
/// is always the whole state, so nothing is missed.
/// </summary>
/// <param name="patience">How long after a break the server may take to answer again.</param>
/// <param name="onBroken">Called once a break, with what went wrong.</param>
public sealed class WatchReader(TimeProvider clock, TimeSpan patience, Action<string> onBroken)
{
    private static readonly TimeSpan _shortestPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(15);

    /// <summary>The states, from the one at the start to the last.</summary>
    /// <param name="open">Starts the watch.</param>
    /// <param name="hasBegun">True where the server has answered before, so that the first break is waited for too.</param>
    /// <exception cref="MeshException">PEER_UNREACHABLE: the server has not answered again in time.</exception>
    /// <exception cref="RpcException">The watch was refused, or could not be begun.</exception>
    public async IAsyncEnumerable<T> ReadAsync<T>(Func<AsyncServerStreamingCall<T>> open, bool hasBegun,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        long? brokenAt = null;
        var pause = _shortestPause;
        while (true)
        {
            using var watch = open();
            while (true)
            {
                var (hasMore, problem) = await TryReadAsync(watch.ResponseStream, hasBegun, cancellation);
                if (problem is not null)
                {
                    await WaitAsync(problem);
                    break;
                }

                if (!hasMore)
                    yield break;
                (hasBegun, brokenAt, pause) = (true, null, _shortestPause);
                yield return watch.ResponseStream.Current;
            }
        }

        async Task WaitAsync(string problem)
        {
            if (brokenAt is null)
                onBroken(problem);
            brokenAt ??= clock.GetTimestamp();
            if (clock.GetElapsedTime(brokenAt.Value) + pause > patience)
                throw new MeshException(ErrorReasons.PeerUnreachable, string.Create(CultureInfo.InvariantCulture,
                    $"The watch broke off, and was not answered again within {patience.TotalMinutes:0.###} min: {problem}"));
            await Task.Delay(pause, clock, cancellation);
            pause = pause * 2 < _longestPause ? pause * 2 : _longestPause;
        }
    }

    private static async Task<(bool HasMore, string? Problem)> TryReadAsync<T>(IAsyncStreamReader<T> states, bool hasBegun,
        CancellationToken cancellation)
    {
        try
        {
            return (await states.MoveNext(cancellation), null);
        }
        catch (RpcException broken) when (hasBegun && !cancellation.IsCancellationRequested
            && broken.StatusCode is (StatusCode.Unavailable or StatusCode.DeadlineExceeded))
        {
            return (false, broken.Status.Detail);
        }
    }
}
