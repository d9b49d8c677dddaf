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
        Bootstrap.Percentile([_samples.Length], d => statistic(SamplesOf(d[0])), resamples, seed);

    /// <summary>
    /// Two levels: patients, and beside them the training runs of each group. What a run would be with another seed is in the interval as
    /// far as the runs differ; with one run of a group it is not.
    /// </summary>
    /// <param name="runs">How many runs each group has.</param>
    /// <param name="statistic">Of sample numbers, and of run numbers by group.</param>
    public ConfidenceInterval ComputeInterval(IReadOnlyList<int> runs, Func<int[], int[][], double> statistic, int resamples, ulong seed) =>
        Bootstrap.Percentile([_samples.Length, .. runs], d => statistic(SamplesOf(d[0]), d[1..]), resamples, seed);

    /// <summary>The same of a difference, with its p.</summary>
    public DifferenceTest TestDifference(IReadOnlyList<int> runs, Func<int[], int[][], double> difference, int resamples, ulong seed) =>
        Bootstrap.TestDifference([_samples.Length, .. runs], d => difference(SamplesOf(d[0]), d[1..]), resamples, seed);

    private int[] SamplesOf(int[] patients) => [.. patients.SelectMany(p => _samples[p])];
}
