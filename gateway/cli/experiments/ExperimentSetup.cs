using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Cli.Experiments;

/// <summary>A synthetic data set of an experiment.</summary>
/// <param name="Change">What makes it different from the default spec.</param>
internal sealed record SyntheticVariant(string Name, Action<DatasetSpec> Change)
{
    public static SyntheticVariant Default { get; } = new(Arm.Synthetic, _ => { });

    /// <summary>The exact spec.</summary>
    public DatasetSpec Spec(long pairs)
    {
        var spec = new DatasetSpec { Pairs = pairs, Seed = 1, Preset = "demo", Title = $"real-vs-synthetic: {Name}" };
        Change(spec);
        return spec;
    }
}

/// <summary>One comparison: which data sets are made, which methods are trained on which arms.</summary>
internal sealed record ExperimentSetup(string Name, IReadOnlyList<string> Recipes, IReadOnlyList<SyntheticVariant> Synthetic, bool WithReal)
{
    /// <summary>The question: real, synthetic or both?</summary>
    public static ExperimentSetup Main { get; } = new("real or synthetic", ["convirt", "gloria"], [SyntheticVariant.Default], true);

    /// <summary>The paper's ablations that this mesh can run: how much of the vocabulary, balanced draws or not, curated or not.</summary>
    public static IReadOnlyList<ExperimentSetup> Ablations { get; } =
    [
        new("entity usage ratio", ["convirt"],
            [SyntheticVariant.Default, .. new[] { 0.75, 0.5, 0.25 }.Select(r => new SyntheticVariant(FormattableString.Invariant($"usage-{r * 100:0}"), s => s.Draw = new DrawSpec { UsageRatio = r }))], false),
        new("curation", ["convirt"], [SyntheticVariant.Default, new("uncurated", s => s.Curation = new CurationSettings { AcceptAll = true })], false),
    ];

    public IReadOnlyList<Arm> Arms(DataSource real, IReadOnlyList<(string Name, DataSource Source)> synthetic) => WithReal
        ? [new(Arm.Real, [real]), new(Arm.Synthetic, [synthetic[0].Source]), new(Arm.Mixed, [real, synthetic[0].Source])]
        : [.. synthetic.Select(s => new Arm(s.Name, [s.Source]))];
}
