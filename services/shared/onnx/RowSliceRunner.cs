namespace SynCxr.Mesh.Onnx;

/// <summary>One run of a graph.</summary>
/// <param name="Slots">The row of each slot, by its index in the batch; the slots from <paramref name="Count"/> on repeat a row.</param>
/// <param name="Count">Slots whose answers count.</param>
public sealed record RowSlice(IReadOnlyList<int> Slots, int Count);

/// <summary>
/// Splits the rows of a batch into slices that are computed side by side. On the CPU a slice is two or four rows that one thread computes,
/// so that the bits of a row follow from the row alone: an operator that is spread over several threads, or that sees a single row, takes
/// kernels that add in another order. A lone row is computed twice. On a GPU, where the same bytes are not promised, a batch is one slice.
/// </summary>
/// <param name="settings">The provider, and on the CPU how many slices are computed side by side.</param>
public sealed class RowSliceRunner(OnnxSessionOptions settings)
{
    /// <summary>Fewest rows of a slice on the CPU.</summary>
    public const int SmallSlice = 2;

    /// <summary>Most rows of a slice on the CPU: more give no speed, and leave threads without work at the end of a batch.</summary>
    public const int LargeSlice = 2 * SmallSlice;

    private readonly bool _isCpu = settings.ExecutionProvider == ExecutionProviderNames.Cpu;

    /// <summary>Splits rows that can share a run.</summary>
    /// <param name="rows">Their indices in the batch.</param>
    /// <param name="fixedSize">The only number of rows that the graph takes; null where it can be chosen.</param>
    public IEnumerable<RowSlice> Split(IReadOnlyList<int> rows, int? fixedSize = null)
    {
        var start = 0;
        foreach (var size in fixedSize is { } only ? Enumerable.Repeat(only, (rows.Count + only - 1) / only) : SliceSizes(rows.Count))
        {
            int[] slots = [.. Enumerable.Range(start, size).Select(row => rows[Math.Min(row, rows.Count - 1)])];
            yield return new RowSlice(slots, Math.Min(size, rows.Count - start));
            start += size;
        }
    }

    /// <summary>Runs the slices of a batch.</summary>
    /// <param name="slices">Slices that hold each row once.</param>
    /// <param name="run">Runs one slice and returns an answer for each of its slots, in order. Calls overlap.</param>
    /// <returns>The answers in the order of the rows.</returns>
    public async Task<TAnswer[]> RunAsync<TRow, TAnswer>(IReadOnlyList<TRow> rows, IEnumerable<RowSlice> slices,
        Func<IReadOnlyList<TRow>, IReadOnlyList<TAnswer>> run, CancellationToken cancellationToken)
    {
        var answers = new TAnswer[rows.Count];
        var options = new ParallelOptions
        {
            MaxDegreeOfParallelism = _isCpu ? settings.Threads : 1,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(slices, options, (slice, _) =>
        {
            var sliceAnswers = run([.. slice.Slots.Select(slot => rows[slot])]);
            for (var i = 0; i < slice.Count; i++)
                answers[slice.Slots[i]] = sliceAnswers[i];
            return ValueTask.CompletedTask;
        });
        return answers;
    }

    /// <summary>Large slices as long as there is one for each thread, then small ones, the last of which may want a row more.</summary>
    private IEnumerable<int> SliceSizes(int rows)
    {
        if (!_isCpu)
            return [rows];
        var large = rows / (LargeSlice * settings.Threads) * settings.Threads;
        return Enumerable.Repeat(LargeSlice, large)
            .Concat(Enumerable.Repeat(SmallSlice, (rows - (large * LargeSlice) + SmallSlice - 1) / SmallSlice));
    }
}
