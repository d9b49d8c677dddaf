using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Cli.Experiments;

/// <summary>What a model is trained on.</summary>
/// <param name="Name">"real", "synthetic", …</param>
/// <param name="Sources">Its data; every arm takes as many steps.</param>
internal sealed record ExperimentArm(string Name, IReadOnlyList<DataSource> Sources)
{
    public const string Real = "real", Synthetic = "synthetic", Mixed = "mixed";
}

/// <summary>One model to train.</summary>
/// <param name="Recipe">"convirt" or "gloria".</param>
internal sealed record ExperimentRun(string Recipe, ExperimentArm Arm, int Seed)
{
    /// <summary>Name of its model; the same in every run of the experiment on one state folder.</summary>
    public string ModelName(string series) => FormattableString.Invariant($"{series}-{Recipe}-{Arm.Name}-{Seed}");
}
