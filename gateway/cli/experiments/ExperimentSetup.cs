using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Cli.Experiments;

/// <summary>A synthetic data set of an experiment.</summary>
/// <param name="Change">What makes it different from the default spec.</param>
internal sealed record SyntheticVariant(string Name, Action<DatasetSpec> Change)
{
    public static SyntheticVariant Default { get; } = new(ExperimentArm.Synthetic, _ => { });

    /// <summary>The exact spec.</summary>
    public DatasetSpec CreateSpec(long pairs)
    {
        var spec = new DatasetSpec { Pairs = pairs, Seed = 1, Preset = "demo", Title = $"real-vs-synthetic: {Name}" };
        Change(spec);
        return spec;
    }
}

/// <summary>Real radiographs of an experiment, and what is asked of models on those that were held out.</summary>
internal sealed record RealDataSplit(DataSource Train, DataSource Valid, IReadOnlyList<string> Findings)
{
    /// <summary>A folder a class, below <c>train</c> and <c>valid</c>.</summary>
    public static RealDataSplit Kermany(string folder) => new(
        new DataSource { Layout = "folders", Name = Path.Combine(folder, "train") },
        new DataSource { Layout = "folders", Name = Path.Combine(folder, "valid") },
        ["normal", "bacterial pneumonia", "viral pneumonia"]);

    /// <summary>
    /// NIH ChestX-ray14 below <c>train</c> and <c>valid</c>: the two findings of which the small cut of it has more than a handful.
    /// </summary>
    public static RealDataSplit Nih(string folder, string labels) => new(
        new DataSource { Layout = "nih", Name = Path.Combine(folder, "train"), Labels = labels },
        new DataSource { Layout = "nih", Name = Path.Combine(folder, "valid"), Labels = labels },
        ["cardiomegaly", "effusion"]);

    /// <summary>The same with a share of the patients to learn from.</summary>
    public RealDataSplit WithShareOfPatients(double share) => this with { Train = new DataSource(Train) { Share = share } };
}

/// <summary>One comparison: which data sets are made, which methods are trained on which arms.</summary>
/// <param name="Real">What the models are measured on, and, where there is a suffix, learn from.</param>
/// <param name="Suffix">Of the names of the arms with real data; null where no arm has any.</param>
internal sealed record ExperimentSetup(string Name, IReadOnlyList<string> Recipes, IReadOnlyList<SyntheticVariant> Synthetic,
    RealDataSplit Real, string? Suffix)
{
    private static readonly double[] _usageRatios = [0.75, 0.5, 0.25];

    /// <summary>The question: real, synthetic or both?</summary>
    public static ExperimentSetup RealOrSynthetic(RealDataSplit real) =>
        new("real or synthetic", ["convirt", "gloria"], [SyntheticVariant.Default], real, "");

    /// <summary>
    /// The same question where real data are scarce, or of another kind; then the paper's ablations: how much of the vocabulary, balanced
    /// samples or not, curated or not.
    /// </summary>
    /// <param name="nih">Null where it was not given.</param>
    /// <param name="depicted">Ids of the findings that the generator depicts.</param>
    public static IEnumerable<ExperimentSetup> FurtherComparisons(RealDataSplit real, RealDataSplit? nih, IReadOnlyList<string> depicted)
    {
        yield return new("a tenth of the real patients", ["convirt"], [SyntheticVariant.Default], real.WithShareOfPatients(0.1), "-10");
        if (nih is not null)
            yield return new("NIH ChestX-ray14", ["convirt"], [SyntheticVariant.Default], nih, "-nih");
        yield return new("entity usage ratio", ["convirt"],
            [SyntheticVariant.Default,
                .. _usageRatios.Select(
                    r => new SyntheticVariant(FormattableString.Invariant($"usage-{r * 100:0}"),
                        s => s.Draw = new SamplingSpec { UsageRatio = r }))], real, null);
        yield return new("balanced samples", ["convirt"],
            [SyntheticVariant.Default, new("long-tail", s => s.Draw = LongTailSampling(depicted))], real, null);
        yield return new("curation", ["convirt"],
            [SyntheticVariant.Default, new("uncurated", s => s.Curation = new CurationSettings { AcceptAll = true })], real, null);
    }

    public IReadOnlyList<ExperimentArm> CreateArms(IReadOnlyList<(string Name, DataSource Source)> synthetic) => Suffix is { } suffix
        ? [new(ExperimentArm.Real + suffix, [Real.Train]), new(ExperimentArm.Synthetic, [synthetic[0].Source]),
            new(ExperimentArm.Mixed + suffix, [Real.Train, synthetic[0].Source])]
        : [.. synthetic.Select(s => new ExperimentArm(s.Name, [s.Source]))];

    /// <summary>
    /// The n-th finding of the vocabulary one n-th as often as the first (Zipf), as reports of a hospital have them rather than balanced.
    /// </summary>
    private static SamplingSpec LongTailSampling(IReadOnlyList<string> depicted)
    {
        var sampling = new SamplingSpec();
        sampling.Weights.Add(depicted.Select((id, i) => new EntityWeight { Entity = id, Weight = 1.0 / (i + 1) }));
        return sampling;
    }
}
