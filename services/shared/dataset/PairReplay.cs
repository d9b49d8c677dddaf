using System.Globalization;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.SealedDatasets;

/// <summary>A sealed pair with the public calls that make it again.</summary>
/// <param name="Pair">What a replay is held against.</param>
/// <param name="ReportSpec">For <c>WriteReport</c>.</param>
/// <param name="ImageSpec">For <c>RenderImage</c> or <c>GenerateImage</c>.</param>
/// <param name="IsReportRepeatable">
/// False where the writer does not promise the same text for the same spec: a replay then starts from the stored report.
/// </param>
public sealed record PairReplay(SealedPair Pair, ReportSpec ReportSpec, ImageSpec ImageSpec, bool IsReportRepeatable)
{
    /// <summary>
    /// Name of the file in a sealed folder that defines the entities: a replay needs no service that knows the vocabulary.
    /// </summary>
    public const string VocabularyFile = "vocabulary.tsv";

    /// <summary>What the sealed PNG says of itself; null in a set without marks.</summary>
    public SyntheticMark? Mark { get; private init; }

    /// <summary>
    /// Reads one pair after all files, tables and the root were checked as every reader does; of the shards, the pair's own is read.
    /// </summary>
    /// <exception cref="SealedDatasetException">A file is not as it was sealed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The data set has no pair of that index.</exception>
    public static async Task<PairReplay> ReadAsync(string folder, long index, CancellationToken cancellation)
    {
        var set = await SealedDataset.OpenAsync(folder, cancellation);
        if (index < 0 || index >= set.Pairs.Count)
            throw new ArgumentOutOfRangeException(null, $"There is no pair {index}: the data set has pairs 0 to {set.Pairs.Count - 1}.");
        var record = set.Pairs[(int)index];
        var shard = set.Shards.Index().First(s => s.Item.Contains(record)).Index;
        var pair = set.ReadShard(shard).ToList().Find(p => p.Record.Index == index)!; // the shard is read, and so checked, to its end
        return new PairReplay(
            pair, ReportSpecOf(set.Manifest, record),
            PairSpecMapping.ToImageSpec(set.Manifest.Spec.Image, record.Impression, ParseSeed(record.ImageSeed)),
            IsReportRepeatable: set.Manifest.Engines.Where(e => (string?)e!["kind"] == "report-writer")
                .All(e => (bool)e!["deterministic"]!))
        {
            Mark = set.Manifest.DigitalSourceType is null ? null : SealedImageMark.Create(set.Manifest, record),
        };
    }

    /// <summary>Whether a PNG that was made again is the sealed one, once it has the mark of its pair.</summary>
    public bool IsSamePng(byte[] png) =>
        (Mark is null ? png : PictureMark.Write(png, Mark)).AsSpan().SequenceEqual(Pair.Files.Png);

    private static ReportSpec ReportSpecOf(DatasetManifest manifest, PairRecord record)
    {
        using var text = File.OpenText(Path.Combine(manifest.Folder, VocabularyFile));
        var vocabulary = EntityVocabulary.Parse(manifest.Spec.Draw.Vocabulary, text);
        return PairSpecMapping.ToReportSpec(manifest.Spec.Report, record.Entities, vocabulary, ParseSeed(record.ReportSeed));
    }

    private static ulong ParseSeed(string seed) => ulong.Parse(seed, CultureInfo.InvariantCulture);
}
