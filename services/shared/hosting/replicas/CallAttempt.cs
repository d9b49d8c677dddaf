using Grpc.Core;

namespace SynCxr.Mesh.Hosting.Replicas;

/// <summary>Calls under way to one replica, from their start to the last byte of their answer.</summary>
internal sealed class ReplicaLoad
{
    private int _calls;

    public int Calls => Volatile.Read(ref _calls);

    public void Enter() => Interlocked.Increment(ref _calls);

    public void Leave() => Interlocked.Decrement(ref _calls);
}

/// <summary>
/// Where one attempt of a call went. It travels with the async context to the picker, which knows the replica, and is ended by the
/// interceptor, which knows when the call is over: grpc-dotnet's own call tracker ends a stream at its first header.
/// </summary>
/// <param name="earlier">The attempt before; the next one goes elsewhere if it can.</param>
internal sealed class CallAttempt(CallAttempt? earlier)
{
    private static readonly AsyncLocal<CallAttempt?> _current = new();
    private readonly Lock _gate = new();
    private ReplicaLoad? _replica;
    private bool _isComplete;

    public static CallAttempt? Current
    {
        get => _current.Value;
        set => _current.Value = value;
    }

    /// <summary>The picker chose a replica; it may have to choose again before the call starts.</summary>
    public void AssignTo(ReplicaLoad replica)
    {
        lock (_gate)
        {
            if (_isComplete)
                return;
            _replica?.Leave();
            _replica = replica;
            replica.Enter();
        }
    }

    public void Complete()
    {
        lock (_gate)
        {
            if (!_isComplete)
                _replica?.Leave();
            _isComplete = true;
        }
    }

    /// <summary>True when this call has been at the replica before.</summary>
    public bool HasTried(ReplicaLoad replica) =>
        earlier is not null && (ReferenceEquals(earlier._replica, replica) || earlier.HasTried(replica));

    /// <summary>A stream that ends the placement with its last answer.</summary>
    public AsyncServerStreamingCall<T> CompleteWithStream<T>(AsyncServerStreamingCall<T> call) => new(
        new AttemptStreamReader<T>(call.ResponseStream, this), call.ResponseHeadersAsync, call.GetStatus, call.GetTrailers, () =>
        {
            Complete();
            call.Dispose();
        });

    private sealed class AttemptStreamReader<T>(IAsyncStreamReader<T> inner, CallAttempt owner) : IAsyncStreamReader<T>
    {
        public T Current => inner.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            var more = false;
            try
            {
                return more = await inner.MoveNext(cancellationToken);
            }
            finally
            {
                if (!more)
                    owner.Complete();
            }
        }
    }
}
