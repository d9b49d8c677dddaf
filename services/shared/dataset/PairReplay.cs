using System.Globalization;
using SynCxr.Mesh.Diffusion.V1;
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

    /// <summary>Reads one pair. Of the folder, only the manifest and this pair are checked.</summary>
    /// <exception cref="SealedDatasetException">The manifest, the table or the pair is not as it was sealed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The data set has no pair of that index.</exception>
    public static async Task<PairReplay> ReadAsync(string folder, long index, CancellationToken cancellation)
    {
        var manifest = DatasetManifest.Read(folder);
        var records = await SealedDataset.ReadRowsAsync(manifest, cancellation);
        var record = records.FirstOrDefault(r => r.Index == index)
            ?? throw new ArgumentOutOfRangeException(null, $"There is no pair {index}: the data set has pairs 0 to {records.Count - 1}.");
        var shard = records.Where(r => r.Shard == record.Shard).ToList();
        var (_, members, image, problem) = SealedDatasetVerifier.ReadShard(manifest.Folder, shard).ElementAt(shard.IndexOf(record));
        if (problem is not null)
            throw new SealedDatasetException(manifest.Folder, problem);
        return new PairReplay(
            new SealedPair(record, members!, image!), ReportSpecOf(manifest, record),
            PairSpecMapping.ToImageSpec(manifest.Spec.Image, record.Impression, ParseSeed(record.ImageSeed)),
            IsReportRepeatable: manifest.Engines.Where(e => (string?)e!["kind"] == "report-writer").All(e => (bool)e!["deterministic"]!));
    }

    private static ReportSpec ReportSpecOf(DatasetManifest manifest, PairRecord record)
    {
        using var text = File.OpenText(Path.Combine(manifest.Folder, VocabularyFile));
        var vocabulary = EntityVocabulary.Parse(manifest.Spec.Draw.Vocabulary, text);
        return PairSpecMapping.ToReportSpec(manifest.Spec.Report, record.Entities, vocabulary, ParseSeed(record.ReportSeed));
    }

    private static ulong ParseSeed(string seed) => ulong.Parse(seed, CultureInfo.InvariantCulture);
}
