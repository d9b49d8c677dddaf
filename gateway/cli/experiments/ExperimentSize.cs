namespace SynCxr.Mesh.Cli.Experiments;

/// <summary>How much of it is done.</summary>
/// <param name="Series">Of the names of its models; sizes of one series find each other's data sets and models on a state folder.</param>
/// <param name="Pairs">Pairs of each synthetic data set.</param>
/// <param name="Steps">Training steps of every run.</param>
/// <param name="Seeds">Runs of each method on each arm.</param>
/// <param name="Resamples">Of an interval.</param>
internal sealed record ExperimentSize(string Name, string Series, long Pairs, long Steps, int Seeds, int Resamples)
{
    /// <summary>Under six minutes on two cores: shows that all of it works, and little about the question.</summary>
    public static ExperimentSize Quick { get; } = new("quick", "rvs-quick", 96, 60, 1, 200);

    /// <summary>18 runs; under 90 minutes on two cores.</summary>
    public static ExperimentSize Default { get; } = new("default", "rvs-default", 1000, 300, 3, 1000);

    /// <summary>The default, and then the further comparisons in the same steps. No time limit.</summary>
    public static ExperimentSize Full { get; } = Default with { Name = "full" };
}
