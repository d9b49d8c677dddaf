using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>
/// The calls that make a pair, as functions of the resolved spec. The balancer makes them, and a replay makes them again: with the same
/// spec, entities and seeds they give the same bytes.
/// </summary>
public static class PairSpecMapping
{
    /// <summary>Names the entities, and defines those that the shipped vocabulary lacks or defines otherwise.</summary>
    public static ReportSpec ToReportSpec(ResolvedReport report, IEnumerable<string> entities, EntityVocabulary vocabulary, ulong seed)
    {
        var spec = new ReportSpec
        {
            Seed = seed,
            Impression = ParseEnum<ImpressionStyle>(report.Impression),
            Matching = ParseEnum<Matching>(report.Matching),
            MaxAttempts = report.MaxAttempts,
            Model = report.Writer.Name,
            Checks = { report.Checkers.Select(check => check.Name) },
        };
        foreach (var id in entities)
        {
            spec.Entities.Add(id);
            if (vocabulary.TryGet(id, out var entity) && !IsShipped(entity))
                spec.Glossary.Add(EntityMapping.ToProto(entity));
        }

        return spec;
    }

    /// <param name="prompt">The IMPRESSION.</param>
    public static ImageSpec ToImageSpec(ResolvedImage image, string prompt, ulong seed) =>
        ImageSettingsMapping.ToImageSpec(ImageSettingsMapping.ToSettings(image), prompt, seed);

    /// <summary>The image encoder, still the one that the spec was resolved with; null for the judge's own features.</summary>
    public static PinnedName? ToEmbedding(ResolvedCuration curation) => curation.Embedding is { } encoder
        ? new PinnedName { Name = encoder.Name, Digest = encoder.Digest } : null;

    /// <summary>The bank of known-bad images, in the same way; null for the judge's own.</summary>
    public static PinnedName? ToBank(ResolvedCuration curation) => curation.Bank is { } bank
        ? new PinnedName { Name = bank.Name, Digest = bank.Digest } : null;

    /// <summary>What is asked of the image-text model, still the one that the spec was resolved with; null where nothing is.</summary>
    /// <param name="texts">Of the report, as <see cref="PairTexts.List"/> gives them.</param>
    public static AlignmentQuestion? ToAlignment(ResolvedCuration curation, IEnumerable<string> texts)
    {
        if (curation.Alignment is not { Model: var model } alignment)
            return null;
        var question = new AlignmentQuestion { Model = new PinnedName { Name = model.Name, Digest = model.Digest }, Texts = { texts } };
        if (alignment.Threshold is { } threshold)
            question.Threshold = threshold;
        return question;
    }

    /// <summary>The resolved spec spells enums in snake case: <c>salient</c>.</summary>
    private static T ParseEnum<T>(string name)
        where T : struct, Enum => Enum.Parse<T>(name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);

    private static bool IsShipped(Entity entity) =>
        EntityVocabulary.Shipped.TryGet(entity.Id, out var shipped)
        && shipped.Term == entity.Term && shipped.Type == entity.Type && shipped.Concept == entity.Concept && shipped.Group == entity.Group
        && shipped.Excludes.SequenceEqual(entity.Excludes) && shipped.Synonyms.SequenceEqual(entity.Synonyms);
}
