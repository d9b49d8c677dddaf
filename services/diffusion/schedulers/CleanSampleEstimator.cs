namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>
/// Turns a network's output into its estimate of the clean sample, kept in range where the config says so: by clipping, or by dynamic
/// thresholding (Saharia et al. 2022, section 2.3), which goes first. In single precision: sealed data sets hold its bits.
/// </summary>
internal sealed class CleanSampleEstimator
{
    private readonly PredictionType _prediction;
    private readonly float? _range;
    private readonly double? _quantile;
    private readonly double _largest;

    /// <param name="clips">What <c>clip_sample</c> is where it is absent; null where the class doesn't know it.</param>
    /// <param name="thresholds">True where the class knows <c>thresholding</c>.</param>
    public CleanSampleEstimator(SchedulerSettings settings, bool? clips, bool thresholds,
        IReadOnlyCollection<string>? predictionTypes = null)
    {
        _prediction = PredictionTypeNames.Read(settings, predictionTypes);
        if (clips is { } absent)
        {
            settings.Acknowledge("clip_sample_range");
            if (settings.ReadFlag("clip_sample", absent))
                _range = (float)settings.ReadPositive("clip_sample_range", 1);
        }
        if (!thresholds)
            return;
        settings.Acknowledge("dynamic_thresholding_ratio", "sample_max_value");
        if (settings.ReadFlag("thresholding", false))
        {
            _quantile = settings.ReadNumber("dynamic_thresholding_ratio", 0.995);
            _largest = settings.ReadPositive("sample_max_value", 1);
            if (_quantile is not (>= 0 and <= 1))
                throw settings.Refuse("dynamic_thresholding_ratio", "a number from 0 to 1 is wanted");
        }
    }

    /// <summary>True where estimates are thresholded.</summary>
    public bool Thresholds => _quantile is not null;

    /// <summary>Estimates the clean sample, element by element, and keeps it in range.</summary>
    public void Estimate(ReadOnlySpan<float> sample, ReadOnlySpan<float> output, NoiseLevel level, Span<float> clean)
    {
        var (a, s) = ((float)level.Signal, (float)level.Noise);
        for (var i = 0; i < clean.Length; i++)
            clean[i] = _prediction.Clean(sample[i], output[i], a, s);
        KeepInRange(clean);
    }

    /// <summary>Estimates the noise, element by element, from the output as it stands.</summary>
    public void EstimateNoise(ReadOnlySpan<float> sample, ReadOnlySpan<float> output, NoiseLevel level, Span<float> noise)
    {
        var (a, s) = ((float)level.Signal, (float)level.Noise);
        for (var i = 0; i < noise.Length; i++)
            noise[i] = _prediction.Noise(sample[i], output[i], a, s);
    }

    private void KeepInRange(Span<float> clean)
    {
        if (_quantile is { } quantile)
        {
            var bound = (float)Math.Min(Math.Max(MagnitudeAt(clean, quantile), 1), _largest);
            for (var i = 0; i < clean.Length; i++)
                clean[i] = Math.Clamp(clean[i], -bound, bound) / bound;
        }
        else if (_range is { } range)
        {
            for (var i = 0; i < clean.Length; i++)
                clean[i] = Math.Clamp(clean[i], -range, range);
        }
    }

    // The quantile of the magnitudes, linear between neighbours.
    private static double MagnitudeAt(ReadOnlySpan<float> clean, double quantile)
    {
        var magnitudes = new float[clean.Length];
        for (var i = 0; i < clean.Length; i++)
            magnitudes[i] = Math.Abs(clean[i]);
        Array.Sort(magnitudes);
        var at = quantile * (magnitudes.Length - 1);
        var below = (int)at;
        return below == magnitudes.Length - 1
            ? magnitudes[below] : magnitudes[below] + ((at - below) * (magnitudes[below + 1] - magnitudes[below]));
    }
}
