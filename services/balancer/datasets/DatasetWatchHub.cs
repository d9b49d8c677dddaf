using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Balancer.Datasets;

/// <summary>
/// Watches data sets for those who ask. However many watch one, it is read once each look: the first watcher begins the looks, and the last
/// one to leave ends them. Nobody is told a state that was read before they asked: a data set that was just resumed is not paused.
/// </summary>
internal sealed class DatasetWatchHub(DatasetQueries queries, IHostApplicationLifetime lifetime, TimeProvider clock)
{
    /// <summary>The shortest and the longest time between two looks at a data set.</summary>
    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(250), _longest = TimeSpan.FromSeconds(1);

    /// <summary>Between two looks lies at least so many times what one takes: looking takes half a hundredth of a core at most.</summary>
    private const int RestPerLook = 200;

    private readonly Dictionary<(string Tenant, string Id), WatchedDataset> _watched = [];

    /// <summary>The data set now, after each change, and when it has ended.</summary>
    /// <exception cref="MeshException">NOT_FOUND; DRAINING when this replica shuts down.</exception>
    public async IAsyncEnumerable<ImageReportDataset> WatchAsync(string tenant, string id,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var (watched, looks) = Enter((tenant, id));
        try
        {
            await watched.WaitForLookAfterAsync(looks, cancellation);
            ImageReportDataset? last = null;
            do
                yield return last = await watched.ReadAfterAsync(last, cancellation);
            while (!HasEnded(last));
        }
        finally
        {
            Leave((tenant, id), watched);
        }
    }

    /// <returns>Also how many looks at it have begun.</returns>
    private (WatchedDataset Watched, long Looks) Enter((string Tenant, string Id) key)
    {
        lock (_watched)
        {
            if (!_watched.TryGetValue(key, out var watched))
            {
                _watched[key] = watched = new WatchedDataset();
                // without the async context of whoever came first
                ThreadPool.UnsafeQueueUserWorkItem(_ => _ = LookAsync(key, watched), null);
            }

            watched.Watchers++;
            return (watched, watched.Looks);
        }
    }

    private void Leave((string Tenant, string Id) key, WatchedDataset watched)
    {
        lock (_watched)
        {
            if (--watched.Watchers > 0)
                return;
            Forget(key, watched);
        }

        watched.Left.Cancel(); // not disposed: the looks may be reading it, and it holds no timer
    }

    /// <summary>Reads the data set until it has ended, nobody watches it, or it can't be read: then the watchers get the reason.</summary>
    private async Task LookAsync((string Tenant, string Id) key, WatchedDataset watched)
    {
        try
        {
            while (true)
            {
                var (look, start) = (watched.BeginLook(), clock.GetTimestamp());
                var now = await queries.GetAsync(key.Tenant, key.Id, watched.Left.Token);
                if (watched.Last is not { } last || HasEnded(now) || HasChanged(last, now))
                    watched.Publish(now);
                watched.EndLook(look);
                if (HasEnded(now))
                    break;
                if (lifetime.ApplicationStopping.IsCancellationRequested)
                    throw new MeshException(ErrorReasons.Draining, "The replica is shutting down; the work goes on elsewhere or later.",
                        retryAfter: _shortest);
                await Task.Delay(RestAfter(clock.GetElapsedTime(start)), clock, watched.Left.Token);
            }
        }
        catch (Exception error) // whatever it is, it is each watcher's answer
        {
            watched.Fail(error);
        }

        lock (_watched)
            Forget(key, watched);
        watched.EndLook(long.MaxValue); // who came meanwhile waits for no further one: an end stays what it is
    }

    private static TimeSpan RestAfter(TimeSpan look) =>
        look * RestPerLook is var rest && rest < _shortest ? _shortest : rest < _longest ? rest : _longest;

    private void Forget((string Tenant, string Id) key, WatchedDataset watched)
    {
        if (_watched.GetValueOrDefault(key) == watched)
            _watched.Remove(key);
    }

    private static bool HasEnded(ImageReportDataset dataset) =>
        dataset.State is not (DatasetState.Assembling or DatasetState.Sealing or DatasetState.Paused);

    private static bool HasChanged(ImageReportDataset before, ImageReportDataset now)
    {
        var (a, b) = (before.Clone(), now.Clone());
        a.Counts.Elapsed = b.Counts.Elapsed = null;
        a.Progress.Remaining = b.Progress.Remaining = null;
        return !a.Equals(b);
    }

    /// <summary>What the watchers of a data set share.</summary>
    private sealed class WatchedDataset
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private TaskCompletionSource? _lookEnded;
        private Exception? _failure;
        private long _looks;
        private long _lookThatEnded;

        /// <summary>Those who watch; the hub's lock guards it.</summary>
        public int Watchers { get; set; }

        public CancellationTokenSource Left { get; } = new();

        public ImageReportDataset? Last { get; private set; }

        /// <summary>Looks that have begun.</summary>
        public long Looks => Interlocked.Read(ref _looks);

        public long BeginLook() => Interlocked.Increment(ref _looks);

        /// <summary>What is published is what this look found, changed or not.</summary>
        public void EndLook(long look)
        {
            lock (_gate)
            {
                _lookThatEnded = look;
                _lookEnded?.TrySetResult();
                _lookEnded = null;
            }
        }

        /// <summary>Waits until a look has ended that began after the first <paramref name="looks"/>, or until there are no more.</summary>
        public async Task WaitForLookAfterAsync(long looks, CancellationToken cancellation)
        {
            while (true)
            {
                Task ended;
                lock (_gate)
                {
                    if (_lookThatEnded > looks || _failure is not null)
                        return;
                    ended = (_lookEnded ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
                }

                await ended.WaitAsync(cancellation);
            }
        }

        public void Publish(ImageReportDataset now) => Change(() => Last = now);

        public void Fail(Exception failure)
        {
            Change(() => _failure = failure);
            EndLook(Looks);
        }

        /// <summary>The newest state that the watcher has not had.</summary>
        public async Task<ImageReportDataset> ReadAfterAsync(ImageReportDataset? had, CancellationToken cancellation)
        {
            while (true)
            {
                Task changed;
                lock (_gate)
                {
                    if (Last is { } last && !ReferenceEquals(last, had))
                        return last;
                    if (_failure is not null)
                        ExceptionDispatchInfo.Throw(_failure);
                    changed = _changed.Task;
                }

                await changed.WaitAsync(cancellation);
            }
        }

        private void Change(Action change)
        {
            lock (_gate)
            {
                change();
                _changed.TrySetResult();
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
