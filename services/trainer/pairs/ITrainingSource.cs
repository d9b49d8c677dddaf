using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Tokenizer;
using SynCxr.Mesh.Trainer.Captions;

namespace SynCxr.Mesh.Trainer.Pairs;

/// <summary>What one source gives: pictures with at least one text each, a part of them held out.</summary>
public interface ITrainingSource
{
    /// <summary>As it was asked for.</summary>
    RadiographSource Source { get; }

    /// <summary>The request's field that names it.</summary>
    string Field { get; }

    /// <summary>Of the data set that it is of.</summary>
    string Name { get; }

    /// <summary>Pairs to learn from.</summary>
    int Count { get; }

    /// <summary>Pairs to choose the best weights by.</summary>
    int HeldOutCount { get; }

    /// <summary>Every text of the pairs to learn from.</summary>
    IEnumerable<string> Texts { get; }

    /// <summary>Pictures and patients, those held out included.</summary>
    SeenHashes SeenHashes { get; }

    IPairSequence Pairs(PairTokenizer wording);

    /// <summary>The pairs that are held out; there must be some.</summary>
    IPairSequence HeldOutPairs(PairTokenizer wording);
}

/// <summary>Hashes of pictures, and of the patients that are known.</summary>
public sealed record SeenHashes(IReadOnlySet<string> Images, IReadOnlySet<string> Patients)
{
    public static SeenHashes Union(IEnumerable<SeenHashes> parts)
    {
        var all = parts.ToArray();
        return new SeenHashes(all.SelectMany(p => p.Images).ToHashSet(StringComparer.Ordinal),
            all.SelectMany(p => p.Patients).ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>
    /// What the model that such weights belong to was trained on, if that is kept beside them: the first digits of each hash.
    /// </summary>
    /// <param name="weights">A file; nothing for none.</param>
    public static SeenHashes ReadBeside(string weights)
    {
        var file = Path.Combine(Path.GetDirectoryName(weights) ?? "", VisionLanguageModel.TrainedOnFile);
        var lines = weights.Length > 0 && File.Exists(file) ? File.ReadLines(file).Select(l => l.Split('\t')).ToArray() : [];
        return new SeenHashes(Marks("image"), Marks("patient"));

        HashSet<string> Marks(string kind) => lines.Where(l => l[0] == kind).Select(l => l[1]).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>
    /// One picture in so many is held out, by its patient's hash, by its own where the patient is not known: the same ones for every seed.
    /// </summary>
    public static bool IsHeldOut(string hash) => Convert.ToUInt32(hash[..8], 16) % 20 == 0;
}

/// <summary>How texts become word pieces, and in which order pairs are seen.</summary>
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
            await SealedDataset.OpenAsync(source.Folder, $"{field}.name", cancellation), cancellation)
        : await StudyTrainingSource.ReadAsync(source, field, side, holdOut, run, captions, cancellation);
}
