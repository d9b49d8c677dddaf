using SynCxr.Mesh.Trainer.Data;
using SynCxr.Mesh.Trainer.Recipes;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace SynCxr.Mesh.Trainer.Export;

/// <summary>What a model was trained on.</summary>
public sealed record TrainedOn(string Source, int Images, string Digest);

/// <summary>What a generator has seen of one source.</summary>
public sealed record SourceEntry(string Name, int NativeSize, IReadOnlyList<string> Depicts);

/// <summary>One head of a judge.</summary>
public sealed record HeadEntry(string Question, bool Trained, double Threshold);

/// <summary>The judge's own part of model.yaml.</summary>
public sealed record JudgeEntry(
    int InputSize, int Embedding, IReadOnlyList<HeadEntry> Heads, double BadSimilarity, double NearDuplicate, double Memorised);

/// <summary>How a generator is asked when the caller leaves it open.</summary>
public sealed record DefaultsEntry(int Steps, double Guidance, string Scheduler, int Width, int Height, int NativeSize);

/// <summary>model.yaml: what every model folder says of itself.</summary>
public sealed record ModelYaml(
    string Name,
    int Version,
    string Kind,
    string Licence,
    IReadOnlyList<string> Attribution,
    string Recipe,
    string Preset,
    ulong Seed,
    IReadOnlyList<TrainedOn> TrainedOn,
    IReadOnlyDictionary<string, double> Figures,
    IReadOnlyList<string> Limits)
{
    /// <summary>Entities of the shipped vocabulary that a generator has learnt.</summary>
    public IReadOnlyList<string>? Depicts { get; init; }

    public IReadOnlyList<SourceEntry>? Sources { get; init; }

    public DefaultsEntry? Defaults { get; init; }

    public JudgeEntry? Judge { get; init; }

    public static ModelYaml For(TrainingPlan plan, string kind, ImageSet images, IReadOnlyDictionary<string, double> figures, IReadOnlyList<string> limits)
    {
        var sources = images.Images.GroupBy(i => i.Source).OrderBy(g => g.Key, StringComparer.Ordinal).ToArray();
        return new ModelYaml(
            plan.ModelName, 1, kind, Attributions.Licence(sources.Select(s => s.Key)), Attributions.Of(sources.Select(s => s.Key)),
            plan.Recipe, plan.Preset, plan.Seed, [.. sources.Select(s => new TrainedOn(s.Key, s.Count(), images.Digest))], figures, limits);
    }

    public void Save(string folder) => File.WriteAllText(Path.Combine(folder, "model.yaml"), new SerializerBuilder()
        .WithNamingConvention(UnderscoredNamingConvention.Instance).ConfigureDefaultValuesHandling(DefaultValuesHandling.OmitNull).WithNewLine("\n").DisableAliases().Build().Serialize(this));
}
