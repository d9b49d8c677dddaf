namespace SynCxr.Mesh.Onnx;

/// <summary>
/// The bound runs of a graph by their shapes. The shapes of a batch change as images join and leave it, so a few are kept; with CUDA
/// graphs the first ones are, for good, because nothing gives the memory of a recorded graph back.
/// </summary>
/// <param name="session">The graph.</param>
/// <param name="output">Its one output that is wanted.</param>
public sealed class BoundRunCache(OnnxSession session, string output) : IDisposable
{
    /// <summary>Shapes that are kept.</summary>
    public const int Capacity = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<(string Shape, BoundRun Run)>> _byShape = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Shape, BoundRun Run)> _recent = new(); // the latest first

    /// <summary>Runs the graph.</summary>
    /// <param name="shape">A name of the shapes of all inputs.</param>
    /// <param name="run">Sets the inputs of a bound run, and runs it.</param>
    /// <returns>The output; null where no further shape is kept, and the graph is to be run without binding.</returns>
    public float[]? TryRun(string shape, Func<BoundRun, float[]> run)
    {
        lock (_gate)
        {
            if (_byShape.TryGetValue(shape, out var known))
            {
                _recent.Remove(known);
                _recent.AddFirst(known);
                return run(known.Value.Run);
            }
            if (_recent.Count == Capacity)
            {
                if (session.RecordsGraphs)
                    return null;
                _byShape.Remove(_recent.Last!.Value.Shape);
                _recent.Last.Value.Run.Dispose();
                _recent.RemoveLast();
            }
            var added = _recent.AddFirst((shape, session.Bind(output, _recent.Count + 1)));
            _byShape[shape] = added;
            return run(added.Value.Run);
        }
    }

    public void Dispose()
    {
        foreach (var (_, run) in _recent)
            run.Dispose();
    }
}
