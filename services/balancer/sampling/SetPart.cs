namespace SynCxr.Mesh.Balancer.Sampling;

/// <summary>
/// A part of every set and the lists that fill it. One list fills every slot of the part; where L lists take turns,
/// draw number index·width + slot belongs to list (index·width + slot) mod L.
/// </summary>
/// <param name="lists">Entity numbers, list by list.</param>
/// <param name="start">First slot of the part.</param>
/// <param name="end">Slot after its last.</param>
/// <param name="indexes">Index of the set of each row; null when row and index are the same.</param>
internal sealed class SetPart(int[][] lists, int start, int end, long[]? indexes)
{
    public IReadOnlyList<int[]> Lists => lists;

    public int Start => start;

    public int End => end;

    /// <summary>Slots of one list lie this far apart.</summary>
    public int Step => lists.Length;

    /// <summary>The most that any set asks of one list.</summary>
    public int MaxDemand => (end - start + Step - 1) / Step;

    /// <summary>The list that fills a slot of a row.</summary>
    public int ListAt(int row, int slot) => Step == 1 ? 0 : (int)((SlotsBefore(row) + slot - start) % Step);

    /// <summary>First slot of the row that the list fills; past the end if there is none.</summary>
    public int FirstSlot(int row, int list) => Step == 1 ? start : start + (int)((list - SlotsBefore(row) + Step) % Step);

    /// <summary>Slots of the row that the list fills.</summary>
    public int Demand(int row, int list) => Math.Max(0, (end - FirstSlot(row, list) + Step - 1) / Step);

    /// <summary>Samples that the first <paramref name="rows"/> rows ask of a list.</summary>
    public long TotalDemand(int rows, int list)
    {
        if (indexes is null)
            return ((long)rows * (end - start) - list + Step - 1) / Step;
        var sum = 0L;
        for (var row = 0; row < rows; row++)
            sum += Demand(row, list);
        return sum;
    }

    /// <summary>Samples before the row, modulo the number of lists.</summary>
    private long SlotsBefore(int row) => (indexes is null ? row : indexes[row]) % Step * (end - start) % Step;
}
