namespace SynCxr.Mesh.Diffusion.Schedulers;

/// <summary>Which timesteps of the forward process are visited, by name (Lin et al. 2024, table 2), rounded as NumPy rounds.</summary>
internal static class TimestepSpacingNames
{
    /// <summary>Multiples of the stride from 0, plus <c>steps_offset</c>; never starts at the noisiest timestep.</summary>
    public const string Leading = "leading";

    /// <summary>Strides back from the noisiest timestep; the one that suits zero terminal signal.</summary>
    public const string Trailing = "trailing";

    /// <summary>Evenly from 0 to the noisiest, both included.</summary>
    public const string Linspace = "linspace";

    public static IReadOnlyCollection<string> All { get; } = [Leading, Linspace, Trailing];

    /// <summary>Whole timesteps, noisiest first, the cleanest included.</summary>
    /// <param name="train">Timesteps of the forward process.</param>
    /// <param name="offset">Added to each timestep of leading spacing.</param>
    public static double[] ComputeTimesteps(string spacing, int train, int steps, int offset) =>
        [.. ComputeFractions(spacing, train, steps, offset).Select(t => Math.Round(t))];

    /// <summary>The same, but evenly spaced timesteps keep their fractions.</summary>
    public static double[] ComputeFractions(string spacing, int train, int steps, int offset) => spacing switch
    {
        Linspace => Fall(EvenlyFromZero(train - 1, steps)),
        Leading => Fall([.. Enumerable.Range(0, steps).Select(i => (double)(i * (train / steps)) + offset)]),
        _ => StrideBack(train, (double)train / steps),
    };

    /// <summary>Whole timesteps, noisiest first, of solvers that end one stride below the cleanest.</summary>
    /// <param name="last">One more than the noisiest timestep that is visited.</param>
    public static double[] ComputeTimestepsAboveEnd(string spacing, int train, int last, int steps, int offset) => spacing switch
    {
        Linspace => Fall([.. EvenlyFromZero(last - 1, steps + 1).Skip(1).Select(t => Math.Round(t))]),
        Leading => Fall([.. Enumerable.Range(1, steps).Select(i => (double)(i * (last / (steps + 1))) + offset)]),
        _ => StrideBack(last, (double)train / steps),
    };

    // numpy.linspace: multiples of one stride, the last value put in exactly.
    private static double[] EvenlyFromZero(double end, int count)
    {
        var values = new double[count];
        for (var i = 1; i < count; i++)
            values[i] = i == count - 1 ? end : i * (end / (count - 1));
        return values;
    }

    // round(numpy.arange(start, 0, -stride)) - 1. NumPy's length is a rounded-up quotient and its stride a difference, so that at some
    // counts (61 of 1000) one value more than was asked for comes out: timestep -1.
    private static double[] StrideBack(double start, double stride)
    {
        var values = new double[(int)Math.Ceiling(start / stride)];
        var difference = start - stride - start;
        for (var i = 0; i < values.Length; i++)
            values[i] = Math.Round(start + (i * difference)) - 1;
        return values;
    }

    private static double[] Fall(double[] rising)
    {
        Array.Reverse(rising);
        return rising;
    }
}
