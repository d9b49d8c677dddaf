using System.Globalization;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Pairs;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Recipes.Contrastive;

/// <summary>
/// Measures the averaged weights on the held-out pairs every few hundred steps, with the batch norms' running statistics recomputed for
/// them; keeps the best ones (<c>best.safetensors</c>), and the losses (<c>validation.tsv</c>). A resumed run drops entries of steps after
/// its checkpoint, since it will measure those again.
/// </summary>
internal sealed class ValidationMonitor
{
    /// <summary>Batches that running means and variances are computed over.</summary>
    private const int SettlingBatches = 30;

    private readonly VisionLanguageModel _model;
    private readonly IReadOnlyList<PairBatch> _settling, _held;
    private readonly string _best, _file;
    private readonly List<(long Step, double Loss)> _history;

    /// <param name="held">Batches of held-out pairs; without any the last weights are taken.</param>
    public ValidationMonitor(VisionLanguageModel model, IReadOnlyList<PairBatch> training, IReadOnlyList<PairBatch> held, string folder,
        long step)
    {
        (_model, _settling, _held, _best, _file) = (model, [.. training.Take(SettlingBatches)], held,
            Path.Combine(folder, "best.safetensors"), Path.Combine(folder, "validation.tsv"));
        _history = !File.Exists(_file)
            ? []
            : [.. File.ReadLines(_file).Select(l => l.Split('\t')).Where(c => c.Length == 2)
                .Select(c => (long.Parse(c[0], CultureInfo.InvariantCulture), double.Parse(c[1], CultureInfo.InvariantCulture)))
                .Where(h => h.Item1 <= step)];
        Write();
    }

    public IReadOnlyList<(long Step, double Loss)> History => _history;

    /// <summary>The loss of the last measurement; null before the first.</summary>
    public double? LastLoss => _history.Count == 0 ? null : _history[^1].Loss;

    /// <summary>The lowest loss so far; NaN before the first measurement.</summary>
    public double LowestLoss => _history.Count == 0 ? double.NaN : _history.Min(h => h.Loss);

    /// <summary>Measurements since the best one.</summary>
    public int ChecksSinceBest => _history.Count == 0 ? 0 : _history.Count - 1 - _history.FindIndex(h => h.Loss == LowestLoss);

    /// <summary>Measures the averaged weights; afterwards the model has its own weights again.</summary>
    public void Measure(TrainingLoop loop)
    {
        if (_held.Count == 0)
            return;
        using var scope = NewDisposeScope();
        var own = _model.State().ToDictionary(s => s.Key, s => s.Value.detach().clone(), StringComparer.Ordinal);
        RecountRunningStatistics(loop);
        var loss = Loss();
        if (_history.Count == 0 || loss < LowestLoss)
            Safetensors.Save(_best, _model.State());
        _history.Add((loop.Step, loss));
        loop.ValidationLoss = loss;
        Write();
        _model.Load(own);
        _model.SetTraining(true);
    }

    /// <summary>Loads the best weights into the model, ready for inference.</summary>
    public void LoadBestWeights(TrainingLoop loop)
    {
        using var scope = NewDisposeScope();
        if (_held.Count == 0)
            RecountRunningStatistics(loop);
        else
            _model.Load(Safetensors.Load(_best).Tensors);
        _model.SetTraining(false);
    }

    private void RecountRunningStatistics(TrainingLoop loop)
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var state = _model.State();
        foreach (var (key, value) in loop.AveragedWeights)
            state[key].copy_(value);
        foreach (var (key, value) in state)
        {
            if (key.EndsWith(".running_mean", StringComparison.Ordinal))
                value.zero_();
            else if (key.EndsWith(".running_var", StringComparison.Ordinal))
                value.fill_(1);
            else if (key.EndsWith(".num_batches_tracked", StringComparison.Ordinal))
                value.zero_();
        }

        _model.SetTraining(true);
        foreach (var batch in _settling)
        {
            using var step = NewDisposeScope();
            _model.EncodeImages(_model.Standardise(ContrastiveTrainer.Pixels(batch, _model.Card.Side)));
        }

        _model.SetTraining(false);
    }

    private double Loss()
    {
        TorchRuntime.ApplyThreadCount();
        using var _ = no_grad();
        var sum = 0.0;
        foreach (var batch in _held)
        {
            using var step = NewDisposeScope();
            var images = _model.EncodeImages(_model.Standardise(ContrastiveTrainer.Pixels(batch, _model.Card.Side)));
            sum += TensorReader.ReadScalar<float>(_model.Method.Loss(images, _model.EncodeTexts(TokenBatch.Pad(batch.Texts))));
        }

        return sum / _held.Count;
    }

    private void Write()
    {
        File.WriteAllLines(_file + ".partial", _history.Select(h => string.Create(CultureInfo.InvariantCulture, $"{h.Step}\t{h.Loss:R}")));
        File.Move(_file + ".partial", _file, overwrite: true);
    }
}
