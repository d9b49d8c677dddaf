namespace SynCxr.Mesh.Balancer.Sampling;

/// <summary>Entity numbers of many sets, one row a set; -1 is a slot that is still empty.</summary>
internal sealed class EntitySetTable
{
    private readonly int[] _slots;

    public EntitySetTable(int rows, int width)
    {
        Rows = rows;
        Width = width;
        _slots = new int[checked(rows * width)];
        Array.Fill(_slots, -1);
    }

    public int Rows { get; }

    public int Width { get; }

    public Span<int> this[int row] => _slots.AsSpan(row * Width, Width);

    /// <summary>Empties one part of every row.</summary>
    public void Clear(SetPart group)
    {
        for (var row = 0; row < Rows; row++)
            this[row][group.Start..group.End].Fill(-1);
    }
}
