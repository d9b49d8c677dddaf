using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Overload;

/// <summary>A call's place in a <see cref="ProcessorWorkPool"/>. Disposing it gives it back.</summary>
public sealed class ProcessorPlace : IDisposable
{
    private readonly ProcessorWorkPool _pool;
    private readonly IDisposable _slot;
    private readonly TimeProvider _time;
    private readonly CancellationToken _cancellation;
    private TimeSpan _left;

    internal ProcessorPlace(ProcessorWorkPool pool, IDisposable slot, TimeSpan costLimit, TimeProvider time, CancellationToken cancellation)
    {
        _pool = pool;
        _slot = slot;
        _left = costLimit;
        _time = time;
        _cancellation = cancellation;
    }

    /// <summary>Computes on a thread of the pool, one step at a time.</summary>
    /// <exception cref="MeshException">DEADLINE_UNMEETABLE: the call's steps took longer than the limit.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, T> work)
    {
        var started = _time.GetTimestamp();
        try
        {
            return await _pool.RunAsync(work, _left, _cancellation);
        }
        finally
        {
            var left = _left - _time.GetElapsedTime(started);
            _left = left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public void Dispose() => _slot.Dispose();
}
