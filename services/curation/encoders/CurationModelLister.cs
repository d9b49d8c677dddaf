using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.Alignment;
using SynCxr.Mesh.Curation.Encoders.Banks;
using SynCxr.Mesh.Curation.Judging;
using SynCxr.Mesh.Curation.Judging.Chat;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Curation.Encoders;

/// <summary>Says which judges, image encoders, banks and image-text models this replica has.</summary>
internal sealed class CurationModelLister(Curator curator, ChatJudgeRegistry chatJudges, ImageEncoderCatalogue encoders,
    ImageBankCatalogue banks, AlignmentModelCatalogue alignments, AlignmentExamplesReader examples, IOptions<CurationOptions> options)
{
    /// <param name="alignment">The image-text model that is to be loaded, and whose examples are wanted; empty for none.</param>
    /// <exception cref="Errors.MeshException">INVALID_FIELD: there is no such model, or it can't be run.</exception>
    public ListModelsResponse List(string alignment) => new()
    {
        Models =
        {
            chatJudges.All.Select(chat => CurationMapping.ToModelDescription(chat, curator.Loaded))
                .Prepend(CurationMapping.ToModelDescription(curator.Loaded)).OrderBy(m => m.Name != options.Value.Judge),
            encoders.List().Select(entry => Describe(entry.Card, entry.Digest)),
            alignments.List().Select(entry => Describe(entry.Card, entry.Digest)),
        },
        Banks = { banks.List().Select(Describe) },
        AlignmentExamples = alignment.Length == 0 ? null : examples.Find(alignments.Load(alignment, "alignment")),
    };

    private ModelDescription Describe(ModelCard card, string digest) => new()
    {
        Name = card.Name,
        Version = card.Version,
        Kind = ModelKindMapping.ToProto(card.Kind),
        Digest = digest,
        Engine = card.Kind == ModelKindNames.VisionLanguage ? AlignmentModel.EngineName : JudgeModel.EmbeddingEngineName,
        Deterministic = curator.Loaded.Judge.Deterministic, // run by the same provider
        Fingerprint = curator.Loaded.Judge.Fingerprint,
        Licence = card.Licence,
        TrainedOn = { ModelKindMapping.ToProto(card.TrainedOn) },
        Attribution = { card.Attribution },
        Thresholds = card.ImageEncoder is { } encoder ? new JudgeThresholds { NearDuplicate = encoder.NearDuplicate } : null,
    };

    private static BankDescription Describe(ImageBank bank)
    {
        var description = new BankDescription
        {
            Name = bank.Name,
            Digest = bank.Digest,
            Encoder = bank.Encoder,
            EncoderDigest = bank.EncoderDigest,
            Images = bank.Count,
            Problem = bank.Problem ?? "",
        };
        if (bank.Threshold is { } threshold)
            description.Threshold = threshold;
        return description;
    }
}
