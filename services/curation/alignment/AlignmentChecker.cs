using SynCxr.Mesh.Curation.Encoders;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Curation.Alignment;

/// <summary>How near an image is to its report.</summary>
/// <param name="Similarity">Cosine, -1 to 1.</param>
/// <param name="Threshold">Cosine below which the image is rejected; null where it decides nothing.</param>
/// <param name="IsTruncated">True where a text lost its end.</param>
internal sealed record AlignmentResult(double Similarity, double? Threshold, bool IsTruncated, Producer Model)
{
    /// <summary>The reason of a rejection.</summary>
    public const string Reason = "misaligned";

    public bool IsRejected => Similarity < Threshold;
}

/// <summary>A question with its model loaded and its texts prepared.</summary>
internal sealed record PreparedQuestion(LoadedAlignmentModel Model, IReadOnlyList<PreparedText> Texts, double? Threshold);

/// <summary>Checks questions after the alignment of an image, and answers them.</summary>
internal sealed class AlignmentChecker(AlignmentModelCatalogue models)
{
    private const string Field = "alignment", ModelField = $"{Field}.model.name", TextsField = $"{Field}.texts";
    private const int MostTexts = 4, MostCharacters = 20_000;

    /// <summary>Null where nothing is asked.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: no such model, texts that can't be read, a threshold outside -1 to 1;
    /// MODEL_NOT_LOADED: another digest than the question wants.</exception>
    public PreparedQuestion? Prepare(AlignmentQuestion? question)
    {
        if (question is null)
            return null;
        if (question.Model is not { Name.Length: > 0 } wanted)
            throw MeshException.Invalid(ModelField, "must be given: the image-text model that compares image and report");
        if (question.HasThreshold && !(question.Threshold is >= -1 and <= 1))
            throw MeshException.Invalid($"{Field}.threshold", FormattableString.Invariant($"is {question.Threshold}; -1 to 1 is wanted"));
        if (question.Texts.Count is < 1 or > MostTexts)
            throw MeshException.Invalid(TextsField, $"Send 1 to {MostTexts} texts, not {question.Texts.Count}.");
        if (question.Texts.FirstOrDefault(text => text.Length > MostCharacters) is { } longest)
            throw MeshException.Invalid(TextsField, $"A text has at most {MostCharacters} characters, not {longest.Length}.");
        var model = models.Load(wanted.Name, ModelField);
        wanted.RequireDigest($"{Field}.model", model.Digest);
        return new PreparedQuestion(model, [.. question.Texts.Select(text => model.Model.PrepareText(text, TextsField))],
            question.HasThreshold ? question.Threshold : null);
    }

    /// <summary>The answer; null where nothing is asked.</summary>
    /// <exception cref="MeshException">QUEUE_FULL and its like; MODEL_OUTPUT_NOT_FINITE.</exception>
    public static async Task<AlignmentResult?> AnswerAsync(
        PreparedQuestion? question, GrayImage image, BatchRowOptions terms, CancellationToken cancellationToken)
    {
        if (question is null)
            return null;
        var (model, texts, threshold) = question;
        var cosine = await model.Queue.RunAsync(new PreparedPair(model.Model.PrepareImage(image), texts), terms, cancellationToken);
        return new AlignmentResult(cosine, threshold, texts.Any(text => text.IsTruncated), new Producer
        {
            Model = model.Card.Name,
            Version = model.Card.Version,
            Digest = model.Digest,
            Engine = AlignmentModel.EngineName,
        });
    }
}
