using System.Diagnostics.Metrics;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Overload;

/// <summary>Many callers at once on the real clock: what must hold whatever the order of things.</summary>
public sealed class BatcherUnderLoadTests
{
    private const int Callers = 3000, MaxBatch = 5, QueueLimit = 200;

    private sealed class LoadItem(int key, int turns)
    {
        public int Key => key;
        public int Left { get; set; } = turns;
        public int InTurn;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Admit_ThreeThousandCallers_AllEndAndNoBatchBreaksItsRules(int seed)
    {
        var breaches = new List<string>();
        await using var batcher = new Batcher<LoadItem, int>(new BatcherOptions("load")
        {
            QueueLimit = QueueLimit,
            MaxBatch = MaxBatch,
            MaxDelay = TimeSpan.FromMilliseconds(1),
        }, (rows, _) =>
        {
            if (rows.Count is 0 or > MaxBatch)
                breaches.Add($"{rows.Count} rows");
            if (rows.Select(row => row.Item.Key).Distinct().Count() > 1)
                breaches.Add("two keys");
            foreach (var row in rows)
            {
                if (Interlocked.Increment(ref row.Item.InTurn) > 1)
                    breaches.Add("one row twice at once");
                if (--row.Item.Left == 0)
                    row.Complete(row.Item.Key);
                if (row.Item.Left < 0)
                    breaches.Add("a turn too many");
                Interlocked.Decrement(ref row.Item.InTurn);
            }
            return ValueTask.CompletedTask;
        }, new BatcherMetrics(TestMeters.Factory), TimeProvider.System);

        var admitted = 0;
        var ended = await Task.WhenAll(
            Enumerable.Range(0, Callers)
                .Select(i =>
                    Task.Run(() => CallAsync(batcher, new Random((seed * Callers) + i), () => Interlocked.Increment(ref admitted)))))
                    .WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Empty(breaches);
        Assert.DoesNotContain("wrong", ended);
        // All callers may come before the first batch: then a queue's length of them gets in, and a quarter of those leaves again.
        Assert.InRange(admitted, QueueLimit, Callers);
        Assert.InRange(ended.Count(end => end == "answered"), QueueLimit / 2, admitted);
        // Every place came free again.
        Assert.Equal(0, batcher.Admit(new LoadItem(0, 1), new BatchRowOptions()).Position);
    }

    [Fact]
    public async Task Turn_Closed_IsCountedByItsReason()
    {
        var closed = new List<string?>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == BatcherMetrics.Name && instrument.Name == "syncxr.batcher.batches")
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            var values = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value as string);
            lock (closed)
            {
                if (values["batcher"] == "counted")
                    closed.Add(values["close"]);
            }
        });
        listener.Start();
        await using (var batcher = new Batcher<int, int>(new BatcherOptions("counted") { MaxBatch = 1 },
            (rows, _) => { rows[0].Complete(1); return default; }, new BatcherMetrics(TestMeters.Factory), TimeProvider.System))
            await batcher.RunAsync(0, new BatchRowOptions());
        lock (closed)
            Assert.Equal(["Full"], closed);
    }

#pragma warning disable CA5394 // seeded, not secret
    private static async Task<string> CallAsync(Batcher<LoadItem, int> batcher, Random random, Action admitted)
    {
        using var cancel = new CancellationTokenSource();
        var job = new LoadItem(random.Next(3), random.Next(1, 6));
        var terms = new BatchRowOptions
        {
            Key = $"{job.Key}",
            Turns = job.Left,
            Priority = random.Next(2),
            Deadline = random.Next(10) == 0 ? TimeProvider.System.GetUtcNow().AddMilliseconds(random.Next(20)) : null,
        };
        try
        {
            var row = batcher.Admit(job, terms, cancel.Token);
            admitted();
            if (random.Next(4) == 0)
                await cancel.CancelAsync();
            return await row.Completion == job.Key ? "answered" : "wrong";
        }
        catch (OperationCanceledException)
        {
            return "cancelled";
        }
        catch (MeshException refusal) when (refusal.Reason == ErrorReasons.QueueFull || refusal.Reason == ErrorReasons.DeadlineUnmeetable)
        {
            return "refused";
        }
    }
#pragma warning restore CA5394
}
