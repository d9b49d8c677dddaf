using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Diffusion.Engine;

/// <summary>
/// One row of a batch of the U-Net: a latent [C, h, w], its timestep, its text states [T, D], the native size asked for, and the guidance
/// scale, which a distilled network takes as an input.
/// </summary>
internal readonly record struct UNetRow(float[] Latent, double Timestep, float[] States, float NativeSize, double Guidance = 1);

/// <summary>
/// The network that denoises, <c>unet/model.onnx</c>, or <c>transformer/model.onnx</c> under its own input name: noisy latents →
/// predictions.
/// </summary>
internal sealed class UNetSession : IDisposable
{
    private const string SampleInput = "sample", TransformerInput = "hidden_states", TimestepInput = "timestep",
        StatesInput = "encoder_hidden_states", NativeSizeInput = "time_ids", GuidanceInput = "timestep_cond", Output = "out_sample";
    private readonly OnnxSession _session;
    private readonly TensorDeclaration _sample;
    private readonly TensorDeclaration _timestep;
    private readonly TensorDeclaration _states;
    private readonly TensorDeclaration? _nativeSize;
    private readonly TensorDeclaration? _guidance;
    private readonly TensorDeclaration _output;
    private readonly BoundRunCache? _bound;

    /// <param name="config">The <c>config.json</c> beside the graph.</param>
    /// <param name="isBound">True to bind inputs to the provider's memory; by default on every provider but the CPU.</param>
    /// <exception cref="InvalidDataException">The graph has an input that there is nothing for, or lacks one.</exception>
    public UNetSession(string path, DiffusersConfig config, OnnxSessionOptions settings, bool? isBound = null)
    {
        _session = OnnxSession.Load(path, settings, recordsGraphs: true);
        var sampleName = _session.Inputs.ContainsKey(TransformerInput) ? TransformerInput : SampleInput;
        _nativeSize = _session.Inputs.GetValueOrDefault(NativeSizeInput) is { Dimensions: [_, 1] } nativeSize ? nativeSize : null;
        string[] known = [sampleName, TimestepInput, StatesInput, GuidanceInput, .. _nativeSize is null ? [] : new[] { NativeSizeInput }];
        GraphInspector.RefuseOthers(_session, known, ForeignInputs.Meanings);
        _sample = GraphInspector.RequireInput(_session, sampleName, TensorCast.FloatTypes, 4); // [B, C, h, w]
        _timestep = GraphInspector.RequireInput(_session, TimestepInput, TensorCast.NumericTypes, 0, 1);
        _states = GraphInspector.RequireInput(_session, StatesInput, TensorCast.FloatTypes, 3); // [B, T, D]
        if (_nativeSize is not null)
            GraphInspector.RequireInput(_session, NativeSizeInput, TensorCast.FloatTypes, 2); // [B, 1]
        if (_session.Inputs.ContainsKey(GuidanceInput))
        {
            _guidance = GraphInspector.RequireInput(_session, GuidanceInput, TensorCast.FloatTypes, 2); // [B, W]
            GuidanceWidth = GraphInspector.SizeOf(_guidance, 1) ?? config.ReadCount("time_cond_proj_dim")
                ?? throw new InvalidDataException($"{path}: '{GuidanceInput}' has no fixed width, and config.json no time_cond_proj_dim.");
        }
        _output = GraphInspector.RequireOutput(_session, Output, 4); // [B, C, h, w]
        Channels = GraphInspector.SizeOf(_sample, 1) ?? config.ReadCount("in_channels");
        if (config.ReadCount("in_channels") is { } channels)
            GraphInspector.RequireSize(_session, _sample, 1, channels, "in_channels of its config.json is");
        OutputChannels = GraphInspector.SizeOf(_output, 1) ?? config.ReadCount("out_channels") ?? Channels;
        if (GraphInspector.SizeOf(_timestep, 0) is > 1 and var count && count != FixedBatch)
            throw new InvalidDataException($"{path}: '{TimestepInput}' has {count} elements; it must have one a row, or one.");
        if (isBound ?? settings.ExecutionProvider != ExecutionProviderNames.Cpu)
            _bound = new BoundRunCache(_session, _output.Name);
    }

    public string Path => _session.Path;

    public string OutputName => _output.Name;

    /// <summary>How the graph declares the timestep: its element type, and no dimensions, one of size 1 or one of the rows.</summary>
    public TensorDeclaration Timestep => _timestep;

    /// <summary>Latent channels that the graph or its config declares; null where neither does.</summary>
    public int? Channels { get; }

    /// <summary>Channels of a prediction; null where nothing declares them.</summary>
    public int? OutputChannels { get; }

    /// <summary>Width of the input that takes the guidance scale; null where classifier-free guidance needs two rows.</summary>
    public int? GuidanceWidth { get; }

    /// <summary>True when the graph is conditioned on the native size of its training images.</summary>
    public bool HasNativeSize => _nativeSize is not null;

    /// <summary>The only number of rows that a run can have; null where it can be chosen.</summary>
    public int? FixedBatch => GraphInspector.SizeOf(_sample, 0);

    /// <summary>The only number of text states that a row can have; null where it can be chosen.</summary>
    public int? FixedTokens => GraphInspector.SizeOf(_states, 1);

    /// <summary>True where all rows of a run share one timestep.</summary>
    public bool TakesOneTimestep => HasOneTimestep && FixedBatch != 1;

    private bool HasOneTimestep => _timestep.Dimensions.Count == 0 || _timestep.Dimensions[0] == 1;

    /// <summary>The side that the graph fixes for a dimension (2 height, 3 width); null where it can be chosen.</summary>
    public int? FixedSide(int dimension) => GraphInspector.SizeOf(_sample, dimension);

    /// <summary>Holds the declared text states against those of the encoder.</summary>
    /// <exception cref="InvalidDataException">The graph fixes another number or width.</exception>
    public void RequireStates(int tokens, int width)
    {
        GraphInspector.RequireSize(_session, _states, 1, tokens, "the tokens of a prompt are");
        GraphInspector.RequireSize(_session, _states, 2, width, "the states of the text encoder have a width of");
    }

    /// <summary>
    /// Runs the graph once. Rows have one latent shape and one number of text states, one timestep where <see cref="TakesOneTimestep"/>,
    /// and are <see cref="FixedBatch"/> many where there is one; <see cref="UNetSlicePlan"/> makes such lists of any rows.
    /// </summary>
    /// <param name="tokens">Number of text states of each row.</param>
    /// <returns>The predictions, [C, h, w] for each row; with more channels than the latent where it predicts variances too.</returns>
    public float[][] Run(IReadOnlyList<UNetRow> rows, int tokens, int channels, int height, int width)
    {
        var output = _bound?.TryRun($"{rows.Count}x{tokens}x{channels}x{height}x{width}", run =>
        {
            CreateInputs(rows, channels, height, width).ForEach(run.Set);
            run.Set(StatesInput, [.. rows.Select(row => row.States)], () => CreateStates(rows, tokens));
            return run.Run();
        });
        output ??= _session.Run([.. CreateInputs(rows, channels, height, width), CreateStates(rows, tokens)], _output.Name)[0];
        var size = output.Length / rows.Count; // [B, C, h, w]
        return [.. Enumerable.Range(0, rows.Count).Select(i => output[(i * size)..((i + 1) * size)])];
    }

    public void Dispose()
    {
        _bound?.Dispose();
        _session.Dispose();
    }

    // The inputs that change with each step, and small ones.
    private List<TensorInput> CreateInputs(IReadOnlyList<UNetRow> rows, int channels, int height, int width)
    {
        long batch = rows.Count;
        float[] timesteps = [.. rows.Take(HasOneTimestep ? 1 : rows.Count).Select(row => (float)row.Timestep)];
        long[] timestepShape = _timestep.Dimensions.Count == 0 ? [] : [timesteps.Length];
        var inputs = new List<TensorInput>
        {
            TensorCast.ToInput(_sample, Concatenate(rows, row => row.Latent), batch, channels, height, width),
            TensorCast.ToInput(_timestep, timesteps, timestepShape),
        };
        if (_nativeSize is not null)
            inputs.Add(TensorCast.ToInput(_nativeSize, [.. rows.Select(row => row.NativeSize)], batch, 1));
        if (_guidance is not null)
        {
            var guidance = Concatenate(rows, row => GuidanceEmbedding.Compute(row.Guidance, GuidanceWidth!.Value));
            inputs.Add(TensorCast.ToInput(_guidance, guidance, batch, GuidanceWidth!.Value));
        }
        return inputs;
    }

    private TensorInput CreateStates(IReadOnlyList<UNetRow> rows, int tokens) => TensorCast.ToInput(
        _states, Concatenate(rows, row => row.States), rows.Count, tokens, rows[0].States.Length / tokens);

    private static float[] Concatenate(IReadOnlyList<UNetRow> rows, Func<UNetRow, float[]> part)
    {
        var parts = rows.Select(part).ToList();
        var all = new float[parts[0].Length * rows.Count];
        for (var i = 0; i < rows.Count; i++)
            parts[i].CopyTo(all, i * parts[0].Length);
        return all;
    }
}
