using Microsoft.ML.OnnxRuntime;

namespace SynCxr.Mesh.Onnx;

/// <summary>
/// Runs of a graph with inputs of one shape, each bound to the memory that the provider computes in: an input that is made of the same
/// arrays as before stays there, and only what is new crosses to the device. With CUDA graphs inputs and output have places of their own
/// for good, since a recorded graph reads and writes where it was recorded, whatever is bound later. Not for several threads at once.
/// </summary>
public sealed class BoundRun : IDisposable
{
    private readonly InferenceSession _session;
    private readonly string _output;
    private readonly TensorCopier? _copier;
    private readonly RunOptions _runOptions = new();
    private readonly OrtIoBinding _binding;
    private readonly Dictionary<string, OrtValue> _bound = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<float[]>> _sources = new(StringComparer.Ordinal);
    private readonly List<OrtAllocator> _allocators = []; // each outlives the values that it made
    private OrtValue? _fixedOutput;

    /// <param name="copier">Copies to and from fixed places; null where inputs may be bound anew.</param>
    /// <param name="graphId">Under which number a CUDA graph is recorded, 1 or more.</param>
    internal BoundRun(InferenceSession session, string output, TensorCopier? copier, int graphId)
    {
        (_session, _output, _copier, _binding) = (session, output, copier, session.CreateIoBinding());
        if (copier is not null)
            OnnxSession.SetGraphId(_runOptions, graphId);
    }

    /// <summary>Sets an input for the next runs.</summary>
    /// <param name="input">Of the shape and type that this input always has.</param>
    public void Set(TensorInput input)
    {
        var value = input.ToOrtValue();
        _sources.Remove(input.Name);
        if (_copier is null)
        {
            _binding.BindInput(input.Name, value); // copies to the device, once
            Keep(input.Name, value);
            return;
        }
        using (value)
        {
            if (!_bound.TryGetValue(input.Name, out var place))
            {
                place = Allocate(value, CreateAllocator(_session.InputNames, input.Name, _session.GetMemoryInfosForInputs));
                _binding.BindInput(input.Name, place);
                Keep(input.Name, place);
            }
            _copier.Copy(value, place);
        }
    }

    /// <summary>Sets an input that is made of some arrays, unless the last one was made of the same.</summary>
    /// <param name="sources">Arrays that nobody writes to.</param>
    /// <param name="create">Makes the input of them.</param>
    public void Set(string name, IReadOnlyList<float[]> sources, Func<TensorInput> create)
    {
        if (_sources.TryGetValue(name, out var known) && known.SequenceEqual(sources, ReferenceEqualityComparer.Instance))
            return;
        Set(create());
        _sources[name] = [.. sources];
    }

    /// <summary>Runs the graph, every input of which was set.</summary>
    /// <returns>The output, row-major.</returns>
    public float[] Run()
    {
        if (_copier is null)
        {
            _binding.BindOutputToDevice(_output, OrtMemoryInfo.DefaultInstance);
            using var results = _session.RunWithBoundResults(_runOptions, _binding);
            return TensorCast.ToFloats(results[0]);
        }
        _fixedOutput ??= BindFixedOutput();
        _session.RunWithBinding(_runOptions, _binding);
        return _copier.Read(_fixedOutput);
    }

    public void Dispose()
    {
        _binding.Dispose();
        _runOptions.Dispose();
        _fixedOutput?.Dispose();
        foreach (var value in _bound.Values)
            value.Dispose();
        _allocators.ForEach(allocator => allocator.Dispose());
    }

    // The shape of the output shows in a run that records nothing.
    private OrtValue BindFixedOutput()
    {
        using var unrecorded = new RunOptions();
        OnnxSession.SetGraphId(unrecorded, OnnxSession.NoGraph);
        _binding.BindOutputToDevice(_output, OrtMemoryInfo.DefaultInstance);
        using var results = _session.RunWithBoundResults(unrecorded, _binding);
        var output = Allocate(results[0], CreateAllocator(_session.OutputNames, _output, _session.GetMemoryInfosForOutputs));
        _binding.BindOutput(_output, output);
        return output;
    }

    private static OrtValue Allocate(OrtValue like, OrtAllocator allocator)
    {
        var shape = like.GetTensorTypeAndShape();
        return OrtValue.CreateAllocatedTensorValue(allocator, shape.ElementDataType, shape.Shape);
    }

    private OrtAllocator CreateAllocator(IReadOnlyList<string> names, string name,
        Func<IDisposableReadOnlyCollection<OrtMemoryInfo>> list)
    {
        using var places = list();
        var allocator = new OrtAllocator(_session, places[names.ToList().IndexOf(name)]);
        _allocators.Add(allocator);
        return allocator;
    }

    private void Keep(string name, OrtValue value)
    {
        if (_bound.Remove(name, out var former))
            former.Dispose();
        _bound[name] = value;
    }
}
