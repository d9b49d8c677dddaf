using Grpc.Core;

namespace SynCxr.Mesh.Hosting.Replicas;

/// <summary>Calls in flight to one replica, from their start to the last byte of their answer.</summary>
/// <param name="replicas">The set that the replica belongs to.</param>
internal sealed class ReplicaLoad(ReplicaSet? replicas = null)
{
    private int _calls;

    public int Calls => Volatile.Read(ref _calls);

    public ReplicaSet? Replicas => replicas;

    public void Enter() => Interlocked.Increment(ref _calls);

    public void Leave() => Interlocked.Decrement(ref _calls);
}

/// <summary>
/// One attempt of a call and the replica that it went to. It flows with the async context to the picker, which chooses the replica, and is
/// completed by the interceptor, which sees the end of the call: grpc-dotnet's own call tracker ends a stream at its first header.
/// </summary>
/// <param name="earlier">The attempt before this one, or null: a retry goes to a replica that was not tried yet, if there is one.</param>
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

    /// <summary>Called by the picker with the replica that it chose; it may have to choose again before the call starts.</summary>
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

    /// <summary>True when an earlier attempt of this call went to the replica.</summary>
    public bool HasTried(ReplicaLoad replica) =>
        earlier is not null && (ReferenceEquals(earlier._replica, replica) || earlier.HasTried(replica));

    /// <summary>Wraps a stream so that its last message, its failure or its disposal completes the attempt.</summary>
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
