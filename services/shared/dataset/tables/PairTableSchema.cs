using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.SealedDatasets.Tables;

/// <summary><c>metadata.parquet</c>: one row a pair, by rising index. The Merkle root covers every column but the last four.</summary>
public static class PairTableSchema
{
    private static readonly TableColumn<PairRecord, long> _index = ColumnFactory<PairRecord>.Integer64("index", pair => pair.Index);
    private static readonly TableColumn<PairRecord, string> _split = ColumnFactory<PairRecord>.Text("split", pair => pair.Split);
    private static readonly TableColumn<PairRecord, int> _shard = ColumnFactory<PairRecord>.Integer32("shard", pair => pair.Shard);
    private static readonly TableColumn<PairRecord, string> _fileName =
        ColumnFactory<PairRecord>.Text("file_name", pair => pair.FileName);
    private static readonly TableColumn<PairRecord, string> _pixelsSha256 =
        ColumnFactory<PairRecord>.Text("pixels_sha256", pair => pair.PixelsSha256);
    private static readonly TableColumn<PairRecord, string> _jsonSha256 =
        ColumnFactory<PairRecord>.Text("json_sha256", pair => pair.JsonSha256);
    private static readonly TableColumn<PairRecord, string> _reportSha256 =
        ColumnFactory<PairRecord>.Text("report_sha256", pair => pair.ReportSha256);
    private static readonly TableColumn<PairRecord, int> _width = ColumnFactory<PairRecord>.Integer32("width", pair => pair.Width);
    private static readonly TableColumn<PairRecord, int> _height = ColumnFactory<PairRecord>.Integer32("height", pair => pair.Height);
    private static readonly TableColumn<PairRecord, IReadOnlyList<string>> _entities =
        ColumnFactory<PairRecord>.TextList("entities", pair => pair.Entities);
    private static readonly TableColumn<PairRecord, double> _depictedShare =
        ColumnFactory<PairRecord>.Real64("depicted_share", pair => pair.DepictedShare);
    private static readonly TableColumn<PairRecord, string> _findings = ColumnFactory<PairRecord>.Text("findings", pair => pair.Findings);
    private static readonly TableColumn<PairRecord, string> _impression =
        ColumnFactory<PairRecord>.Text("impression", pair => pair.Impression);
    private static readonly IReadOnlyList<TableColumn<PairRecord, int>> _labels =
    [
        .. ChexpertLabels.All.Select((label, i) =>
            ColumnFactory<PairRecord>.Integer32(LabelColumnOf(label), pair => (int)pair.Labels[i])),
    ];
    private static readonly TableColumn<PairRecord, string> _reportSeed =
        ColumnFactory<PairRecord>.Text("report_seed", pair => pair.ReportSeed);
    private static readonly TableColumn<PairRecord, string> _imageSeed =
        ColumnFactory<PairRecord>.Text("image_seed", pair => pair.ImageSeed);
    private static readonly TableColumn<PairRecord, int> _attempts = ColumnFactory<PairRecord>.Integer32("attempts", pair => pair.Attempts);
    private static readonly TableColumn<PairRecord, int> _setsReplaced =
        ColumnFactory<PairRecord>.Integer32("sets_replaced", pair => pair.SetsReplaced);
    private static readonly TableColumn<PairRecord, int> _reportAttempts =
        ColumnFactory<PairRecord>.Integer32("report_attempts", pair => pair.ReportAttempts);
    private static readonly TableColumn<PairRecord, int> _promptTokens =
        ColumnFactory<PairRecord>.Integer32("prompt_tokens", pair => pair.PromptTokens);
    private static readonly TableColumn<PairRecord, bool> _promptTruncated =
        ColumnFactory<PairRecord>.Boolean("prompt_truncated", pair => pair.PromptTruncated);
    private static readonly TableColumn<PairRecord, string> _verdict = ColumnFactory<PairRecord>.Text("verdict", pair => pair.Verdict);
    private static readonly TableColumn<PairRecord, double> _trainingLikeness =
        ColumnFactory<PairRecord>.Real64("training_likeness", pair => pair.TrainingLikeness);
    private static readonly TableColumn<PairRecord, int> _trainingLikenessRank =
        ColumnFactory<PairRecord>.Integer32("training_likeness_rank", pair => pair.TrainingLikenessRank);
    private static readonly TableColumn<PairRecord, string> _nearestTrainingHmac =
        ColumnFactory<PairRecord>.Text("nearest_training_hmac", pair => pair.NearestTrainingHmac);
    private static readonly TableColumn<PairRecord, string> _reportModel =
        ColumnFactory<PairRecord>.Text("report_model", pair => pair.ReportModel);
    private static readonly TableColumn<PairRecord, string> _reportModelDigest =
        ColumnFactory<PairRecord>.Text("report_model_digest", pair => pair.ReportModelDigest);
    private static readonly TableColumn<PairRecord, string> _checkerDigest =
        ColumnFactory<PairRecord>.Text("checker_digest", pair => pair.CheckerDigest);
    private static readonly TableColumn<PairRecord, string> _imageModel =
        ColumnFactory<PairRecord>.Text("image_model", pair => pair.ImageModel);
    private static readonly TableColumn<PairRecord, string> _imageModelDigest =
        ColumnFactory<PairRecord>.Text("image_model_digest", pair => pair.ImageModelDigest);
    private static readonly TableColumn<PairRecord, string> _judgeModel =
        ColumnFactory<PairRecord>.Text("judge_model", pair => pair.JudgeModel);
    private static readonly TableColumn<PairRecord, string> _judgeModelDigest =
        ColumnFactory<PairRecord>.Text("judge_model_digest", pair => pair.JudgeModelDigest);
    private static readonly TableColumn<PairRecord, string> _imageSha256 =
        ColumnFactory<PairRecord>.Text("image_sha256", pair => pair.ImageSha256, isInRoot: false);
    private static readonly TableColumn<PairRecord, long> _imageOffset =
        ColumnFactory<PairRecord>.Integer64("image_offset", pair => pair.ImageOffset, isInRoot: false);
    private static readonly TableColumn<PairRecord, long> _imageSize =
        ColumnFactory<PairRecord>.Integer64("image_size", pair => pair.ImageSize, isInRoot: false);

    private static readonly TableColumn<PairRecord, string> _digitalSourceType =
        ColumnFactory<PairRecord>.LaterText("digital_source_type", pair => pair.DigitalSourceType);

    public static TableSchema<PairRecord> Instance { get; } = new(
        "metadata.parquet",
        [
            _index, _split, _shard, _fileName, _pixelsSha256, _jsonSha256, _reportSha256, _width, _height, _entities, _depictedShare,
            _findings, _impression, .. _labels, _reportSeed, _imageSeed, _attempts, _setsReplaced, _reportAttempts, _promptTokens,
            _promptTruncated, _verdict, _trainingLikeness, _trainingLikenessRank, _nearestTrainingHmac, _reportModel,
            _reportModelDigest, _checkerDigest, _imageModel, _imageModelDigest, _judgeModel, _judgeModelDigest, _imageSha256,
            _imageOffset, _imageSize, _digitalSourceType,
        ],
        cells => new PairRecord
        {
            Index = cells.Get(_index),
            Split = cells.Get(_split),
            Shard = cells.Get(_shard),
            FileName = cells.Get(_fileName),
            PixelsSha256 = cells.Get(_pixelsSha256),
            JsonSha256 = cells.Get(_jsonSha256),
            ReportSha256 = cells.Get(_reportSha256),
            Width = cells.Get(_width),
            Height = cells.Get(_height),
            Entities = cells.Get(_entities),
            DepictedShare = cells.Get(_depictedShare),
            Findings = cells.Get(_findings),
            Impression = cells.Get(_impression),
            Labels = [.. _labels.Select(column => (LabelValue)cells.Get(column))],
            ReportSeed = cells.Get(_reportSeed),
            ImageSeed = cells.Get(_imageSeed),
            Attempts = cells.Get(_attempts),
            SetsReplaced = cells.Get(_setsReplaced),
            ReportAttempts = cells.Get(_reportAttempts),
            PromptTokens = cells.Get(_promptTokens),
            PromptTruncated = cells.Get(_promptTruncated),
            Verdict = cells.Get(_verdict),
            TrainingLikeness = cells.Get(_trainingLikeness),
            TrainingLikenessRank = cells.Get(_trainingLikenessRank),
            NearestTrainingHmac = cells.Get(_nearestTrainingHmac),
            ReportModel = cells.Get(_reportModel),
            ReportModelDigest = cells.Get(_reportModelDigest),
            CheckerDigest = cells.Get(_checkerDigest),
            ImageModel = cells.Get(_imageModel),
            ImageModelDigest = cells.Get(_imageModelDigest),
            JudgeModel = cells.Get(_judgeModel),
            JudgeModelDigest = cells.Get(_judgeModelDigest),
            ImageSha256 = cells.Get(_imageSha256),
            ImageOffset = cells.Get(_imageOffset),
            ImageSize = cells.Get(_imageSize),
            DigitalSourceType = cells.Find(_digitalSourceType),
        });

    /// <summary>The column of one of <see cref="ChexpertLabels.All"/>.</summary>
    public static string LabelColumnOf(string label) => "label_" + ChexpertLabels.KeyOf(label);
}
