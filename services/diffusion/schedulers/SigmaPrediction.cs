namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>What a network's output means for a sample x = x0 + sigma n: x0 = kept x + added output.</summary>
internal sealed class SigmaPrediction
{
    private readonly string _type;
    private readonly float? _clipSampleRange;

    /// <param name="known">The prediction types that the class knows.</param>
    /// <param name="clips">True where the class knows <c>clip_sample</c>, false by default.</param>
    public SigmaPrediction(SchedulerSettings settings, IReadOnlyCollection<string> known, bool clips = false)
    {
        _type = settings.ReadChoice("prediction_type", PredictionTypeNames.Epsilon, known);
        if (!clips)
            return;
        settings.Acknowledge("clip_sample_range");
        if (settings.ReadFlag("clip_sample", false))
            _clipSampleRange = (float)settings.ReadPositive("clip_sample_range", 1);
    }

    public bool IsVelocity => _type == PredictionTypeNames.Velocity;

    public (double Kept, double Added) WeightsAt(double sigma) => _type switch
    {
        PredictionTypeNames.Epsilon => (1, -sigma),
        PredictionTypeNames.Velocity => (1 / ((sigma * sigma) + 1), -sigma / Math.Sqrt((sigma * sigma) + 1)),
        _ => (0, 1),
    };

    public void Clip(Span<float> clean)
    {
        if (_clipSampleRange is not { } range)
            return;
        for (var i = 0; i < clean.Length; i++)
            clean[i] = Math.Clamp(clean[i], -range, range);
    }
}
