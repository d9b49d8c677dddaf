using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>
/// One row of a batch of the U-Net: a latent [C, h, w], its timestep, its text states [T, D] and the native size asked for.
/// </summary>
internal readonly record struct UNetRow(float[] Latent, double Timestep, float[] States, float NativeSize);

/// <summary><c>unet/model.onnx</c>: noisy latents → predictions, each row at its own timestep.</summary>
internal sealed class UNetSession : IDisposable
{
    private const string SampleInput = "sample", TimestepInput = "timestep", StatesInput = "encoder_hidden_states",
        NativeSizeInput = "time_ids";
    private readonly OnnxSession _session;
    private readonly TensorDeclaration _timestepInput;
    private readonly string _output;

    public UNetSession(string path, OnnxSessionOptions settings)
    {
        _session = OnnxSession.Load(path, settings);
        var unknown = _session.Inputs.Keys.Except([SampleInput, TimestepInput, StatesInput, NativeSizeInput]).ToList();
        if (unknown.Count > 0)
            throw new InvalidDataException($"{path}: The graph has inputs that the engine does not know: {string.Join(", ", unknown)}.");
        _timestepInput = RequireInput(TimestepInput, path);
        if (!_timestepInputs.ContainsKey(_timestepInput.ElementType))
            throw new InvalidDataException(
                $"{path}: 'timestep' is {_timestepInput.ElementType.Name}; it must be int64, int32, float32 or float64.");
        foreach (var name in new[] { SampleInput, StatesInput })
        {
            if (RequireInput(name, path).ElementType != typeof(float))
                throw new InvalidDataException($"{path}: '{name}' is {RequireInput(name, path).ElementType.Name}, it must be float32.");
        }
        HasNativeSize = _session.Inputs.ContainsKey(NativeSizeInput);
        _output = _session.Outputs.ContainsKey("out_sample") ? "out_sample" : _session.Outputs.Keys.Single();
    }

    private static readonly Dictionary<Type, Func<IEnumerable<double>, long[], TensorInput>> _timestepInputs = new()
    {
        [typeof(long)] = (timesteps, shape) => TensorInput.Create(TimestepInput, timesteps.Select(t => (long)t).ToArray(), shape),
        [typeof(int)] = (timesteps, shape) => TensorInput.Create(TimestepInput, timesteps.Select(t => (int)t).ToArray(), shape),
        [typeof(float)] = (timesteps, shape) => TensorInput.Create(TimestepInput, timesteps.Select(t => (float)t).ToArray(), shape),
        [typeof(double)] = (timesteps, shape) => TensorInput.Create(TimestepInput, timesteps.ToArray(), shape),
    };

    /// <summary>True when the graph is conditioned on the native size of its training images.</summary>
    public bool HasNativeSize { get; }

    /// <summary>The side that the graph fixes for a dimension (2 height, 3 width), or -1.</summary>
    public int FixedSide(int dimension) => _session.Inputs[SampleInput].Dimensions[dimension];

    /// <summary>True for a graph with one timestep for all rows: it is run once for each timestep of the batch.</summary>
    private bool TakesOneTimestep => _timestepInput.Dimensions.Count == 0 || _timestepInput.Dimensions[0] == 1;

    /// <summary>Runs rows of one latent shape.</summary>
    /// <param name="tokens">Number of text states of each row.</param>
    /// <returns>The predictions, [C, h, w] for each row.</returns>
    public float[][] Predict(IReadOnlyList<UNetRow> rows, int tokens, int channels, int height, int width)
    {
        var predictions = new float[rows.Count][];
        var runs = TakesOneTimestep ? rows.Index().GroupBy(row => row.Item.Timestep) : rows.Index().GroupBy(_ => 0.0);
        foreach (var run in runs)
        {
            var together = run.ToList();
            List<UNetRow> padded = [.. together.Select(row => row.Item)];
            while (padded.Count < OnnxSession.MinBatchRows)
                padded.Add(padded[0]);
            var output = Run(padded, tokens, channels, height, width);
            var size = output.Length / padded.Count; // more than the latent where the network predicts variances
            for (var i = 0; i < together.Count; i++)
                predictions[together[i].Index] = output[(i * size)..((i + 1) * size)];
        }
        return predictions;
    }

    public void Dispose() => _session.Dispose();

    private float[] Run(List<UNetRow> rows, int tokens, int channels, int height, int width)
    {
        long batch = rows.Count;
        var states = Concatenate(rows.Select(row => row.States), rows[0].States.Length, rows.Count);
        var timesteps = TakesOneTimestep ? rows.Take(1) : rows;
        long[] timestepShape = _timestepInput.Dimensions.Count == 0 ? [] : [timesteps.Count()];
        var inputs = new List<TensorInput>
        {
            TensorInput.Create(SampleInput, Concatenate(rows.Select(row => row.Latent), rows[0].Latent.Length, rows.Count), batch, channels,
                height, width),
            _timestepInputs[_timestepInput.ElementType](timesteps.Select(row => row.Timestep), timestepShape),
            TensorInput.Create(StatesInput, states, batch, tokens, rows[0].States.Length / tokens),
        };
        if (HasNativeSize)
            inputs.Add(TensorInput.Create(NativeSizeInput, rows.Select(row => row.NativeSize).ToArray(), batch, 1));
        return _session.Run(inputs, _output)[0]; // [B, C, h, w]
    }

    private TensorDeclaration RequireInput(string name, string path) =>
        _session.Inputs.GetValueOrDefault(name) ?? throw new InvalidDataException($"{path}: The graph must have an input '{name}'.");

    private static float[] Concatenate(IEnumerable<float[]> parts, int length, int count)
    {
        var all = new float[length * count];
        var offset = 0;
        foreach (var part in parts)
        {
            part.CopyTo(all, offset);
            offset += length;
        }
        return all;
    }
}
