using System.Collections.Concurrent;
using System.Globalization;

namespace SynCxr.Mesh.Overload;

/// <summary>Runs tasks on threads of its own, none of which belongs to the thread pool.</summary>
internal sealed class DedicatedThreadScheduler : TaskScheduler, IDisposable
{
    [ThreadStatic]
    private static DedicatedThreadScheduler? _ofThisThread;

    private readonly BlockingCollection<Task> _tasks = [];
    private readonly int _threads;

    public DedicatedThreadScheduler(string name, int threads)
    {
        _threads = threads;
        for (var i = 0; i < threads; i++)
        {
            new Thread(RunTasks)
            {
                IsBackground = true,
                Name = string.Create(CultureInfo.InvariantCulture, $"{name} {i}"),
            }.Start();
        }
    }

    public override int MaximumConcurrencyLevel => _threads;

    /// <summary>The threads end once the tasks that wait are done.</summary>
    public void Dispose() => _tasks.CompleteAdding();

    protected override void QueueTask(Task task) => _tasks.Add(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        ReferenceEquals(_ofThisThread, this) && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => _tasks;

    private void RunTasks()
    {
        _ofThisThread = this;
        foreach (var task in _tasks.GetConsumingEnumerable())
            TryExecuteTask(task);
    }
}
