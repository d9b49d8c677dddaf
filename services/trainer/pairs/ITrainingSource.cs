using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Tokenizer;
using SynCxr.Mesh.Trainer.Captions;

namespace SynCxr.Mesh.Trainer.Pairs;

/// <summary>The pairs of one training source: images with at least one text each, some of them held out.</summary>
public interface ITrainingSource
{
    /// <summary>The source as the request named it.</summary>
    RadiographSource Source { get; }

    /// <summary>The request's field that names it.</summary>
    string Field { get; }

    /// <summary>Name of the data set that it belongs to.</summary>
    string Name { get; }

    /// <summary>Sentences for the user: what was left out of it, and why.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>Pairs to learn from.</summary>
    int Count { get; }

    /// <summary>Pairs to choose the best weights by.</summary>
    int HeldOutCount { get; }

    /// <summary>Every text of the pairs to learn from.</summary>
    IEnumerable<string> Texts { get; }

    /// <summary>Hashes of its images and patients, held-out ones included.</summary>
    SeenHashes SeenHashes { get; }

    IPairSequence Pairs(PairTokenizer wording);

    /// <summary>The held-out pairs; only to be called if there are any.</summary>
    IPairSequence HeldOutPairs(PairTokenizer wording);
}

/// <summary>Hashes of images, and of their patients where known.</summary>
public sealed record SeenHashes(IReadOnlySet<string> Images, IReadOnlySet<string> Patients)
{
    public static SeenHashes Union(IEnumerable<SeenHashes> parts)
    {
        var all = parts.ToArray();
        return new SeenHashes(all.SelectMany(p => p.Images).ToHashSet(StringComparer.Ordinal),
            all.SelectMany(p => p.Patients).ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>
    /// What the model of a weights file was trained on, from the list beside it: the first digits of each hash. Empty without such a list.
    /// </summary>
    /// <param name="weights">Path of the weights; may be empty.</param>
    /// <param name="boundary">What may be read.</param>
    public static SeenHashes ReadBeside(string weights, DataBoundary boundary)
    {
        var folder = Directory.Exists(weights) ? weights : Path.GetDirectoryName(weights) ?? "";
        var file = Path.Combine(folder, VisionLanguageModel.TrainedOnFile);
        var lines = weights.Length > 0 && boundary.Allows(file) && File.Exists(file)
            ? boundary.ReadLines(file, "spec.image_weights").Select(l => l.Split('\t')).Where(l => l.Length > 1).ToArray() : [];
        return new SeenHashes(Marks("image"), Marks("patient"));

        HashSet<string> Marks(string kind) => lines.Where(l => l[0] == kind).Select(l => l[1]).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>
    /// Whether an image is held out: one in 20, by the hash of its patient, or its own where the patient is unknown; the same for every
    /// seed.
    /// </summary>
    public static bool IsHeldOut(string hash) => Convert.ToUInt32(hash[..8], 16) % 20 == 0;
}

/// <summary>Encodes the texts of pairs as word pieces; its seed also orders the pairs.</summary>
/// <param name="Tokens">Most pieces of a text.</param>
/// <param name="OneSentence">Each sentence is a text of its own.</param>
public sealed record PairTokenizer(WordPieceTokenizer Tokenizer, int Tokens, bool OneSentence, ulong Seed)
{
    public IReadOnlyList<WordPieceTokens> EncodeTexts(IReadOnlyList<string> texts) =>
        [.. (OneSentence ? texts.SelectMany(SentenceSplitter.Split) : texts).Distinct(StringComparer.Ordinal)
            .Select(t => Tokenizer.Encode(t, Tokens))];
}

/// <summary>The two ways in which a source is read.</summary>
internal static class TrainingSourceReader
{
    /// <exception cref="Errors.MeshException">Names the part of the source that is wrong.</exception>
    public static async Task<ITrainingSource> ReadAsync(
        RadiographSource source, string field, int side, bool holdOut, Recipes.RecipeRun run, string captions,
        CancellationToken cancellation) => source.Layout == DataLayoutNames.SealedDataset
        ? SealedTrainingSource.Read(source, field, side, holdOut,
            await SealedDataset.OpenForFieldAsync(source.Folder, $"{field}.name", source.Describe(source.Folder), cancellation),
            cancellation)
        : await StudyTrainingSource.ReadAsync(source, field, side, holdOut, run, captions, cancellation);
}
