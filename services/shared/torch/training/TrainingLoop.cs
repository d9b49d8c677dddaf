using System.Diagnostics;
using System.Globalization;
using SynCxr.Mesh.Torch.Weights;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Training;

/// <summary>How a phase is trained.</summary>
/// <param name="Steps">Updates to make.</param>
/// <param name="LearningRate">Highest rate: linear warm-up to it, then a cosine down to a twentieth.</param>
/// <param name="WarmUp">Steps of the warm-up.</param>
/// <param name="WeightDecay">AdamW's decay.</param>
/// <param name="EmaDecay">Decay of the moving average of the weights.</param>
/// <param name="ClipNorm">Gradients longer than this are scaled down to it.</param>
/// <param name="CheckpointEvery">Steps between two checkpoints.</param>
/// <param name="Beta1">AdamW's memory of the gradient.</param>
/// <param name="Beta2">AdamW's memory of its square.</param>
/// <param name="Accumulate">Batches whose gradients make one step.</param>
public sealed record LoopSettings(
    long Steps, double LearningRate, long WarmUp = 100, double WeightDecay = 0.01, double EmaDecay = 0.999, double ClipNorm = 1.0,
    long CheckpointEvery = 250,
    double Beta1 = 0.9, double Beta2 = 0.99, int Accumulate = 1)
{
    public double Rate(long step)
    {
        if (step < WarmUp)
            return LearningRate * (step + 1) / WarmUp;
        var done = Math.Min(1.0, (double)(step - WarmUp) / Math.Max(1, Steps - WarmUp));
        return LearningRate * (0.05 + 0.95 * 0.5 * (1 + Math.Cos(Math.PI * done)));
    }
}

/// <summary>The random numbers of one batch, a pure function of seed, phase and batch.</summary>
/// <param name="Step">Steps before this one.</param>
/// <param name="Batch">Batches before this one; equal to the step unless a step accumulates several.</param>
/// <param name="Random">For choices.</param>
/// <param name="NoiseGenerator">For tensors.</param>
public sealed record StepRandomness(long Step, long Batch, RandomSource Random, Generator NoiseGenerator);

/// <summary>How far a phase is.</summary>
public sealed record LoopProgress(string Phase, long Step, long Steps, double Loss, double LearningRate, double SamplesPerSecond,
    long Skipped)
{
    /// <summary>Estimated seconds left in the phase; 0 while the rate is unknown.</summary>
    public double SecondsLeft { get; init; }

    /// <summary>Loss on the held-out data when last measured; null before that.</summary>
    public double? Validation { get; init; }
}

/// <summary>
/// Trains named weights: AdamW, warm-up and cosine, gradient clip, EMA, checkpoints that resume to the bit. A step whose gradient
/// is not finite is skipped and counted; more than <see cref="MostSkipped"/> end the run.
/// </summary>
public sealed class TrainingLoop : IDisposable
{
    /// <summary>Most steps with a non-finite gradient that a run may skip.</summary>
    public const int MostSkipped = 20;

    private readonly string _phase;
    private readonly LoopSettings _settings;
    private readonly ulong _seed;
    private readonly IReadOnlyDictionary<string, Tensor> _weights, _figures;
    private readonly AdamW _optimizer;
    private readonly ExponentialMovingAverage _ema;
    private readonly string _checkpoint;
    private readonly string _identity;

    /// <param name="identity">What a checkpoint depends on besides the phase, its settings and the shapes of the weights: data digest,
    /// batch size. A checkpoint with another identity throws.</param>
    /// <param name="checkpoint">Path of the checkpoint; read if it is there.</param>
    /// <param name="figures">Running means and variances, which training updates beside the weights and a checkpoint must hold.</param>
    /// <exception cref="InvalidDataException">The checkpoint belongs to another run, or is damaged.</exception>
    public TrainingLoop(
        string phase, LoopSettings settings, ulong seed, IReadOnlyDictionary<string, Tensor> weights, string checkpoint, string identity,
        IReadOnlyDictionary<string, Tensor>? figures = null)
    {
        (_phase, _settings, _seed, _weights, _figures, _checkpoint) = (phase, settings, seed, weights,
            figures ?? new Dictionary<string, Tensor>(), checkpoint);
        var sizes = string.Join(' ', weights.OrderBy(w => w.Key, StringComparer.Ordinal).Select(w => string.Join('x', w.Value.shape)));
        _identity = string.Create(CultureInfo.InvariantCulture, $"{phase}|{settings}|{seed}|{identity}|{sizes}");
        _optimizer = new AdamW(weights, settings.WeightDecay, settings.Beta1, settings.Beta2);
        _ema = new ExponentialMovingAverage(weights, settings.EmaDecay);
        if (File.Exists(checkpoint))
            Resume();
    }

    /// <summary>Steps done.</summary>
    public long Step { get; private set; }

    /// <summary>Steps skipped for a non-finite gradient.</summary>
    public long Skipped { get; private set; }

    /// <summary>Loss, averaged over about the last 50 steps; not a number before the first.</summary>
    public double Loss { get; private set; } = double.NaN;

    /// <summary>Loss on the held-out data, set by the caller that measures it, and only reported.</summary>
    public double? ValidationLoss { get; set; }

    /// <summary>Averaged weights: what is exported.</summary>
    public IReadOnlyDictionary<string, Tensor> AveragedWeights => _ema.Average;

    /// <param name="loss">Makes the scalar loss of a step. Tensors it makes are freed after the step.</param>
    /// <param name="batch">Samples a step, for the rate that is reported.</param>
    /// <param name="progress">Reported to after every step, before its checkpoint is written.</param>
    /// <param name="cancellation">Ends the run after the current step.</param>
    /// <param name="goOn">Called after every step, before its progress is reported; false ends the run as if that had been the last
    /// step.</param>
    /// <exception cref="ArithmeticException">Too many steps had a non-finite gradient.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the checkpoint holds every step done.</exception>
    public void Run(Func<StepRandomness, Tensor> loss, int batch, IProgress<LoopProgress>? progress, CancellationToken cancellation,
        Func<TrainingLoop, bool>? goOn = null)
    {
        TorchRuntime.ApplyThreadCount();
        var clock = Stopwatch.StartNew();
        var from = Step;
        var more = true;
        while (more && Step < _settings.Steps)
        {
            if (cancellation.IsCancellationRequested)
            {
                Save();
                cancellation.ThrowIfCancellationRequested();
            }

            TakeStep(loss);
            var rate = (Step - from) / clock.Elapsed.TotalSeconds;
            more = goOn?.Invoke(this) ?? true;
            progress?.Report(new LoopProgress(_phase, Step, _settings.Steps, Loss, _settings.Rate(Step), batch * rate, Skipped)
            {
                SecondsLeft = (_settings.Steps - Step) / rate,
                Validation = ValidationLoss,
            });
            if (!more || Step % _settings.CheckpointEvery == 0 || Step == _settings.Steps)
                Save();
        }
    }

    private void TakeStep(Func<StepRandomness, Tensor> loss)
    {
        using var scope = NewDisposeScope(); // a gradient is a new object each time that it is asked for
        foreach (var weight in _weights.Values)
            weight.grad?.zero_();
        var now = 0.0;
        for (var part = 0; part < _settings.Accumulate; part++)
            now += Backward(loss, Step * _settings.Accumulate + part);
        var norm = GradientNorm();
        if (double.IsFinite(norm))
        {
            _optimizer.Step(_settings.Rate(Step), Math.Min(1.0, _settings.ClipNorm / (norm + 1e-6)));
            _ema.Update(_optimizer.Updates);
            Loss = double.IsNaN(Loss) ? now : 0.98 * Loss + 0.02 * now;
        }
        else if (++Skipped > MostSkipped)
        {
            throw new ArithmeticException(
                $"{_phase}: training stopped after {Skipped} steps with a gradient that is not finite, the last at step {Step}; "
                    + "try a lower learning rate");
        }

        Step++;
    }

    /// <summary>Adds a batch's share of the gradient; returns its share of the loss.</summary>
    private double Backward(Func<StepRandomness, Tensor> loss, long batch)
    {
        using var scope = NewDisposeScope();
        var random = RandomSource.Create(_seed, _phase, batch);
        using var noise = new Generator(random.NextUInt64());
        var value = loss(new StepRandomness(Step, batch, random, noise)) / _settings.Accumulate;
        value.backward();
        return TensorReader.ReadScalar<float>(value);
    }

    private double GradientNorm()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Tensor[] squares = [.. _weights.Values.Where(w => w.grad is not null).Select(w => w.grad!.square().sum())];
        return Math.Sqrt(TensorReader.ReadScalar<float>(stack(squares).sum()));
    }

    private void Save()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_checkpoint)!);
        var tensors = new Dictionary<string, Tensor>(_optimizer.State, StringComparer.Ordinal);
        foreach (var (key, weight) in _weights)
            (tensors["weight/" + key], tensors["average/" + key]) = (weight, _ema.Average[key]);
        foreach (var (key, figure) in _figures)
            tensors["figure/" + key] = figure;
        Safetensors.Save(_checkpoint, tensors, new Dictionary<string, string>
        {
            ["identity"] = _identity,
            ["step"] = Step.ToString(CultureInfo.InvariantCulture),
            ["skipped"] = Skipped.ToString(CultureInfo.InvariantCulture),
            ["updates"] = _optimizer.Updates.ToString(CultureInfo.InvariantCulture),
            ["loss"] = Loss.ToString("R", CultureInfo.InvariantCulture),
        });
    }

    private void Resume()
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var (tensors, metadata) = Safetensors.Load(_checkpoint);
        if (metadata.GetValueOrDefault("identity") != _identity)
            throw new InvalidDataException(
                $"{_checkpoint} belongs to another run ('{metadata.GetValueOrDefault("identity")}'); this run is '{_identity}'. Remove "
                    + $"the file to begin anew");
        var state = new Dictionary<string, Tensor>(_optimizer.State, StringComparer.Ordinal);
        foreach (var (key, weight) in _weights)
            (state["weight/" + key], state["average/" + key]) = (weight, _ema.Average[key]);
        foreach (var (key, figure) in _figures)
            state["figure/" + key] = figure;
        foreach (var (key, own) in state)
        {
            if (!tensors.TryGetValue(key, out var saved) || !saved.shape.SequenceEqual(own.shape))
                throw new InvalidDataException(
                    $"{_checkpoint}: '{key}' of shape [{string.Join(", ", own.shape)}] is missing or of another shape");
            own.copy_(saved);
        }

        foreach (var saved in tensors.Values)
            saved.Dispose();
        Step = long.Parse(metadata["step"], CultureInfo.InvariantCulture);
        Skipped = long.Parse(metadata["skipped"], CultureInfo.InvariantCulture);
        _optimizer.Updates = long.Parse(metadata["updates"], CultureInfo.InvariantCulture);
        Loss = double.Parse(metadata["loss"], CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _ema.Dispose();
    }
}
