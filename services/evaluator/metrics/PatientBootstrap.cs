namespace SynCxr.Mesh.Evaluator.Metrics;

/// <summary>
/// Bootstrap over patients: images of one patient are not independent, so patients are resampled with all their images. An image of an
/// unknown patient counts as a patient of its own.
/// </summary>
internal sealed class PatientBootstrap
{
    private readonly int[][] _samples;

    private PatientBootstrap(int[][] samples) => _samples = samples;

    /// <param name="ids">The patient of each sample; empty where it is not known.</param>
    public static PatientBootstrap ByPatient(IReadOnlyList<string> ids) =>
        new([.. Enumerable.Range(0, ids.Count).GroupBy(i => ids[i].Length > 0 ? ids[i] : $"\0{i}", StringComparer.Ordinal)
            .Select(g => g.ToArray())]);

    public int Count => _samples.Length;

    /// <summary>
    /// The interval of a statistic of sample numbers. Resamples without a value, as those of one class only, are left out.
    /// </summary>
    public ConfidenceInterval ComputeInterval(Func<int[], double> statistic, int resamples, ulong seed) =>
        Bootstrap.Percentile([_samples.Length], resamples => statistic([.. resamples[0].SelectMany(p => _samples[p])]), resamples, seed);
}
