namespace SynCxr.Mesh.Cli.Experiments;

/// <summary>How much of it is done.</summary>
/// <param name="Pairs">Pairs of the synthetic data set; 0: as many as there are real training images.</param>
/// <param name="Steps">Training steps of every run; null: the preset's.</param>
/// <param name="Seeds">Runs of each method on each arm.</param>
/// <param name="Resamples">Of an interval.</param>
internal sealed record ExperimentSize(string Name, long Pairs, long? Steps, int Seeds, int Resamples)
{
    /// <summary>Under six minutes on two cores: shows that all of it works, and little about the question.</summary>
    public static ExperimentSize Quick { get; } = new("quick", 96, 60, 1, 200);

    /// <summary>18 runs; under 90 minutes on two cores.</summary>
    public static ExperimentSize Default { get; } = new("default", 1000, 300, 3, 1000);

    /// <summary>With the ablations, and as many synthetic pairs as there are real images. No time limit.</summary>
    public static ExperimentSize Full { get; } = new("full", 0, null, 3, 1000);
}
