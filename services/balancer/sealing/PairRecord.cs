using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Balancer.Assembly;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Specs;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.SealedDatasets.Json;
using SynCxr.Mesh.SealedDatasets.Tables;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>The three members of a pair in its shard.</summary>
/// <param name="Png">As it lies in the object store.</param>
/// <param name="Text">FINDINGS and IMPRESSION.</param>
/// <param name="Json">Canonical; everything about the pair that does not depend on the run or on the PNG encoder.</param>
internal sealed record ShardMembers(byte[] Png, byte[] Text, byte[] Json);

/// <summary>
/// A row of <c>metadata.parquet</c>. Every column is covered by the root but those of the last line: they depend on how PNG files are
/// packed.
/// </summary>
public sealed record PairRecord
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public required long Index { get; init; }

    public required int Shard { get; init; }

    /// <summary>SHA-256 of the 8-bit gray pixels, row-major.</summary>
    public required string PixelsSha256 { get; init; }

    public required string JsonSha256 { get; init; }

    public required string TextSha256 { get; init; }

    public required int Width { get; init; }

    public required int Height { get; init; }

    public required IReadOnlyList<string> Entities { get; init; }

    /// <summary>Share of the findings that the generator says it can draw.</summary>
    public required double DepictedShare { get; init; }

    public required string Findings { get; init; }

    public required string Impression { get; init; }

    /// <summary>Decimal: not every reader knows unsigned 64-bit integers.</summary>
    public required string ReportSeed { get; init; }

    public required string ImageSeed { get; init; }

    /// <summary>Content attempts, the accepted one included.</summary>
    public required int Attempts { get; init; }

    /// <summary>Entity sets that the index had before this one.</summary>
    public required int SetsReplaced { get; init; }

    /// <summary>Write-and-check attempts of the report service for both sections.</summary>
    public required int ReportAttempts { get; init; }

    public required int PromptTokens { get; init; }

    public required bool PromptTruncated { get; init; }

    /// <summary>Every answer, score and threshold: canonical JSON.</summary>
    public required string Verdict { get; init; }

    public required string ReportModel { get; init; }

    public required string ReportModelDigest { get; init; }

    public required string CheckerDigest { get; init; }

    public required string ImageModel { get; init; }

    public required string ImageModelDigest { get; init; }

    public required string JudgeModel { get; init; }

    public required string JudgeModelDigest { get; init; }

    /// <summary>SHA-256 of the PNG.</summary>
    public string ImageSha256 { get; init; } = "";

    /// <summary>First byte of the PNG in its shard.</summary>
    public long Offset { get; init; }

    /// <summary>Size of the PNG.</summary>
    public long ImageSize { get; init; }

    /// <summary>The columns, in file order.</summary>
    internal static ParquetColumn<PairRecord>[] Columns { get; } =
    [
        ParquetColumn<PairRecord>.Long("index", r => r.Index),
        ParquetColumn<PairRecord>.Int("shard", r => r.Shard),
        ParquetColumn<PairRecord>.Text("pixels_sha256", r => r.PixelsSha256),
        ParquetColumn<PairRecord>.Text("json_sha256", r => r.JsonSha256),
        ParquetColumn<PairRecord>.Text("text_sha256", r => r.TextSha256),
        ParquetColumn<PairRecord>.Int("width", r => r.Width),
        ParquetColumn<PairRecord>.Int("height", r => r.Height),
        ParquetColumn<PairRecord>.TextList("entities", r => r.Entities),
        ParquetColumn<PairRecord>.Real("depicted_share", r => r.DepictedShare),
        ParquetColumn<PairRecord>.Text("findings", r => r.Findings),
        ParquetColumn<PairRecord>.Text("impression", r => r.Impression),
        ParquetColumn<PairRecord>.Text("report_seed", r => r.ReportSeed),
        ParquetColumn<PairRecord>.Text("image_seed", r => r.ImageSeed),
        ParquetColumn<PairRecord>.Int("attempts", r => r.Attempts),
        ParquetColumn<PairRecord>.Int("sets_replaced", r => r.SetsReplaced),
        ParquetColumn<PairRecord>.Int("report_attempts", r => r.ReportAttempts),
        ParquetColumn<PairRecord>.Int("prompt_tokens", r => r.PromptTokens),
        ParquetColumn<PairRecord>.Flag("prompt_truncated", r => r.PromptTruncated),
        ParquetColumn<PairRecord>.Text("verdict", r => r.Verdict),
        ParquetColumn<PairRecord>.Text("report_model", r => r.ReportModel),
        ParquetColumn<PairRecord>.Text("report_model_digest", r => r.ReportModelDigest),
        ParquetColumn<PairRecord>.Text("checker_digest", r => r.CheckerDigest),
        ParquetColumn<PairRecord>.Text("image_model", r => r.ImageModel),
        ParquetColumn<PairRecord>.Text("image_model_digest", r => r.ImageModelDigest),
        ParquetColumn<PairRecord>.Text("judge_model", r => r.JudgeModel),
        ParquetColumn<PairRecord>.Text("judge_model_digest", r => r.JudgeModelDigest),
        ParquetColumn<PairRecord>.Text("image_sha256", r => r.ImageSha256),
        ParquetColumn<PairRecord>.Long("offset", r => r.Offset),
        ParquetColumn<PairRecord>.Long("image_size", r => r.ImageSize),
    ];

    /// <summary>The leaf of the pair under the root.</summary>
    public byte[] Leaf() => CanonicalJson.WriteValue(this with { ImageSha256 = "", Offset = 0, ImageSize = 0 }, _json);

    /// <summary>The leaf of the data set itself, before all pairs.</summary>
    public static byte[] SpecLeaf(string specDigest) => Encoding.UTF8.GetBytes("spec|" + specDigest);

    internal static (PairRecord Record, ShardMembers Members) FromRow(ResolvedDataset dataset, PairRow pair, byte[] png)
    {
        var pixels = Sha256Digest.HexOf(ImageCodec.DecodeGray(png, "image").Pixels);
        var report = JsonNode.Parse(pair.ReportJson)!.AsObject();
        var image = JsonNode.Parse(pair.ImageJson)!.AsObject();
        if (image["pixels_sha256"]!.GetValue<string>() != pixels)
            throw new InvalidDataException($"pair {pair.Index}: the stored image is not the one that was drawn");
        var members = new ShardMembers(png, Encoding.UTF8.GetBytes($"FINDINGS:\n{pair.Findings}\n\nIMPRESSION:\n{pair.Impression}\n"),
            Document(dataset, pair, report, image));
        var spec = dataset.Spec;
        var findings = PairPeerClient.ParseEntities(pair.EntitiesJson)
            .Where(e => dataset.Vocabulary.TryGet(e, out var known) && known.IsFinding).ToList();
        var record = new PairRecord
        {
            Index = pair.Index,
            Shard = pair.Shard,
            PixelsSha256 = pixels,
            JsonSha256 = Sha256Digest.HexOf(members.Json),
            TextSha256 = Sha256Digest.HexOf(members.Text),
            Width = image["width"]!.GetValue<int>(),
            Height = image["height"]!.GetValue<int>(),
            Entities = PairPeerClient.ParseEntities(pair.EntitiesJson),
            DepictedShare = findings.Count == 0 ? 0 : (double)findings.Count(dataset.Depicts.Contains) / findings.Count,
            Findings = pair.Findings,
            Impression = pair.Impression,
            ReportSeed = StageSeed.Derive(dataset.SpecDigest, pair.Index, StageSeed.Report, pair.ReportAttempt)
                .ToString(CultureInfo.InvariantCulture),
            ImageSeed = StageSeed.Derive(dataset.SpecDigest, pair.Index, StageSeed.Image, pair.Attempt)
                .ToString(CultureInfo.InvariantCulture),
            Attempts = pair.Attempt + 1,
            SetsReplaced = pair.SetNumber,
            ReportAttempts = report["attempts"]!.AsArray().Count,
            PromptTokens = image["prompt_tokens"]!.GetValue<int>(),
            PromptTruncated = pair.PromptTruncated,
            Verdict = pair.VerdictJson,
            ReportModel = spec.Report.Writer.Name,
            ReportModelDigest = spec.Report.Writer.Digest,
            CheckerDigest = spec.Report.Checker.Digest,
            ImageModel = spec.Image.Generator.Name,
            ImageModelDigest = spec.Image.Generator.Digest,
            JudgeModel = spec.Curation.Judge.Name,
            JudgeModelDigest = spec.Curation.Judge.Digest,
            ImageSha256 = Sha256Digest.HexOf(png),
            ImageSize = png.Length,
        };
        return (record, members);
    }

    private static byte[] Document(ResolvedDataset dataset, PairRow pair, JsonObject report, JsonObject image)
    {
        image.Remove("sha256");
        image.Remove("size_bytes");
        return CanonicalJson.Write(new JsonObject
        {
            ["index"] = pair.Index,
            ["spec_digest"] = dataset.SpecDigest,
            ["entities"] = JsonNode.Parse(pair.EntitiesJson),
            ["attempts"] = pair.Attempt + 1,
            ["sets_replaced"] = pair.SetNumber,
            ["report"] = report,
            ["image"] = image,
            ["verdict"] = JsonNode.Parse(pair.VerdictJson),
        });
    }

    internal static async Task<PairRecord[]> ReadAsync(string path, CancellationToken cancellation)
    {
        var table = await ParquetTableReader.ReadAsync(path, cancellation);
        string[] T(string name) => table.Get<string>(name);
        var (index, shard, width, height) = (table.Get<long>("index"), table.Get<int>("shard"), table.Get<int>("width"),
            table.Get<int>("height"));
        var (attempts, sets, tries, tokens) = (table.Get<int>("attempts"), table.Get<int>("sets_replaced"),
            table.Get<int>("report_attempts"), table.Get<int>("prompt_tokens"));
        var (share, truncated, offset, size) = (table.Get<double>("depicted_share"), table.Get<bool>("prompt_truncated"),
            table.Get<long>("offset"), table.Get<long>("image_size"));
        var (pixels, json, text, entities) = (T("pixels_sha256"), T("json_sha256"), T("text_sha256"), table.Get<string[]>("entities"));
        var (findings, impression, reportSeed, imageSeed, verdict) = (T("findings"), T("impression"), T("report_seed"), T("image_seed"),
            T("verdict"));
        var (writer, writerDigest, checker, generator, generatorDigest) = (T("report_model"), T("report_model_digest"), T("checker_digest"),
            T("image_model"), T("image_model_digest"));
        var (judge, judgeDigest, image) = (T("judge_model"), T("judge_model_digest"), T("image_sha256"));
        return
        [
            .. Enumerable.Range(0, table.Rows).Select(i => new PairRecord
            {
                Index = index[i], Shard = shard[i], PixelsSha256 = pixels[i], JsonSha256 = json[i], TextSha256 = text[i], Width = width[i],
                Height = height[i],
                Entities = entities[i], DepictedShare = share[i], Findings = findings[i], Impression = impression[i],
                ReportSeed = reportSeed[i],
                ImageSeed = imageSeed[i], Attempts = attempts[i], SetsReplaced = sets[i], ReportAttempts = tries[i],
                PromptTokens = tokens[i],
                PromptTruncated = truncated[i], Verdict = verdict[i], ReportModel = writer[i], ReportModelDigest = writerDigest[i],
                CheckerDigest = checker[i],
                ImageModel = generator[i], ImageModelDigest = generatorDigest[i], JudgeModel = judge[i], JudgeModelDigest = judgeDigest[i],
                ImageSha256 = image[i], Offset = offset[i], ImageSize = size[i],
            }),
        ];
    }
}
