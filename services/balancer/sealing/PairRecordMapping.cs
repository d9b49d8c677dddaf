using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.SealedDatasets.Json;
using SynCxr.Mesh.Vocabulary;
using SynCxr.Mesh.Vocabulary.Sections;
using LabelValue = SynCxr.Mesh.Vocabulary.LabelValue;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>Rows of the database as the records and files of a sealed data set.</summary>
internal static class PairRecordMapping
{
    /// <exception cref="InvalidDataException">The image in the object store is not the one that was rendered for the pair.</exception>
    /// <param name="place">Where the pair lies in the data set.</param>
    /// <param name="labels">What its report says of each of <see cref="ChexpertLabels.All"/>.</param>
    public static (PairRecord Record, ShardMembers Members) ToRecord(
        ResolvedDataset dataset, PairRow pair, PairPlace place, IReadOnlyList<LabelValue> labels, byte[] png)
    {
        var report = ProtoJson.Parse<RadiologyReport>(pair.ReportJson);
        var image = ProtoJson.Parse<GeneratedImage>(pair.ImageJson);
        var verdict = ProtoJson.Parse<CurationVerdict>(pair.VerdictJson);
        if (Sha256Digest.HexOf(ImageCodec.Decode(png, "image").Pixels) != image.PixelsSha256)
            throw new InvalidDataException($"Pair {pair.Index}: the pixels of the stored image are not those that were rendered.");
        var spec = dataset.Resolved;
        var entities = TextListColumn.Parse(pair.EntitiesJson);
        png = Mark(dataset, pair, report, png);
        var json = ToJson(dataset, pair, place, entities, labels, report, image, verdict);
        var text = Encoding.UTF8.GetBytes(ReportText.Join(report.Findings, report.Impression));
        var members = new ShardMembers(png, Encoding.UTF8.GetBytes(report.Impression), text, json);
        var record = new PairRecord
        {
            Index = pair.Index,
            Split = place.Split,
            Shard = place.Shard,
            FileName = place.FileName,
            PixelsSha256 = image.PixelsSha256,
            JsonSha256 = Sha256Digest.HexOf(members.Json),
            ReportSha256 = Sha256Digest.HexOf(members.Report),
            Width = image.Width,
            Height = image.Height,
            Entities = entities,
            DepictedShare = DepictedShare(dataset, entities),
            Findings = report.Findings,
            Impression = report.Impression,
            Labels = labels,
            ReportSeed = SeedOf(dataset, pair.Index, StageSeed.Report, pair.ReportAttempt),
            ImageSeed = SeedOf(dataset, pair.Index, StageSeed.Image, pair.Attempt),
            Attempts = pair.Attempt + 1,
            SetsReplaced = pair.SetNumber,
            ReportAttempts = report.Attempts.Count,
            PromptTokens = image.PromptTokens,
            PromptTruncated = image.PromptTruncated,
            Verdict = ProtoJson.Write(verdict),
            TrainingLikeness = TrainingLikeness.Find(verdict)?.Similarity ?? 0,
            TrainingLikenessRank = place.LikenessRank,
            NearestTrainingHmac = TrainingLikeness.Find(verdict)?.Nearest ?? "",
            ReportModel = spec.Report.Writer.Name,
            ReportModelDigest = spec.Report.Writer.Digest,
            CheckerDigest = spec.Report.Checker.Digest,
            ImageModel = spec.Image.Generator.Name,
            ImageModelDigest = spec.Image.Generator.Digest,
            JudgeModel = spec.Curation.Judge.Name,
            JudgeModelDigest = spec.Curation.Judge.Digest,
            ImageSha256 = Sha256Digest.HexOf(png),
            ImageSize = png.Length,
            DigitalSourceType = DigitalSourceTypes.TrainedAlgorithmicMedia,
        };
        return (record, members);
    }

    public static RunRecord ToRun(PairRow pair) => new()
    {
        Index = pair.Index,
        Tenant = pair.Tenant,
        Host = pair.Host,
        Tries = pair.TriesInAll,
        ReportMs = pair.ReportMs,
        ImageMs = pair.ImageMs,
        CurationMs = pair.CurationMs,
        DoneUnixMs = pair.DoneMs,
    };

    public static RejectRecord ToReject(RejectRow reject) => new()
    {
        Index = reject.Index,
        Attempt = reject.Attempt,
        Step = reject.Step,
        Reasons = TextListColumn.Parse(reject.ReasonsJson),
        Entities = TextListColumn.Parse(reject.EntitiesJson),
        Findings = reject.Findings,
        Impression = reject.Impression,
        ImageSha256 = reject.ImageSha256,
        PixelsSha256 = reject.ImageJson.Length == 0 ? "" : ProtoJson.Parse<GeneratedImage>(reject.ImageJson).PixelsSha256,
        Evidence = reject.EvidenceJson,
    };

    /// <summary>The image with the mark of its pair, whatever it said of itself before. The pixels' bytes stay as they are.</summary>
    private static byte[] Mark(ResolvedDataset dataset, PairRow pair, RadiologyReport report, byte[] png)
    {
        try
        {
            return PictureMark.Write(png, SealedImageMark.Create(dataset.Resolved, dataset.SpecDigest, pair.Index, report.Impression));
        }
        catch (ProvenanceFormatException error)
        {
            throw new InvalidDataException($"Pair {pair.Index}: the stored image can't be marked. {error.Message}", error);
        }
    }

    /// <summary>Hash and size of the PNG stay out: they depend on the encoder, and what lies here is covered by the root.</summary>
    private static byte[] ToJson(
        ResolvedDataset dataset, PairRow pair, PairPlace place, IEnumerable<string> entities, IReadOnlyList<LabelValue> labels,
        RadiologyReport report, GeneratedImage image, CurationVerdict verdict) =>
        CanonicalJson.Write(new JsonObject
        {
            ["index"] = pair.Index,
            ["split"] = place.Split,
            ["spec_digest"] = dataset.SpecDigest,
            ["entities"] = new JsonArray([.. entities.Select(e => (JsonNode)e)]),
            ["attempts"] = pair.Attempt + 1,
            ["digital_source_type"] = DigitalSourceTypes.TrainedAlgorithmicMedia,
            ["sets_replaced"] = pair.SetNumber,
            ["labels"] = new JsonObject(ChexpertLabels.All.Zip(labels, (name, value) =>
                KeyValuePair.Create(ChexpertLabels.KeyOf(name), (JsonNode?)(int)value))),
            ["report"] = ProtoJson.ToNode(report, RadiologyReport.LabelsFieldNumber),
            ["image"] = ProtoJson.ToNode(image, GeneratedImage.Sha256FieldNumber, GeneratedImage.SizeBytesFieldNumber),
            ["verdict"] = ProtoJson.ToNode(verdict),
        });

    private static double DepictedShare(ResolvedDataset dataset, IEnumerable<string> entities)
    {
        var findings = entities.Where(e => dataset.Vocabulary.TryGet(e, out var known) && known.IsFinding).ToList();
        return findings.Count == 0 ? 0 : (double)findings.Count(dataset.Depicts.Contains) / findings.Count;
    }

    private static string SeedOf(ResolvedDataset dataset, long index, string stage, int attempt) =>
        StageSeed.Derive(dataset.SpecDigest, index, stage, attempt).ToString(CultureInfo.InvariantCulture);
}
