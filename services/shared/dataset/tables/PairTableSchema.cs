namespace SynCxr.Mesh.SealedDatasets.Tables;

/// <summary><c>metadata.parquet</c>: one row a pair, by rising index. The Merkle root covers every column but the last three.</summary>
public static class PairTableSchema
{
    private static readonly TableColumn<PairRecord, long> _index = ColumnFactory<PairRecord>.Integer64("index", pair => pair.Index);
    private static readonly TableColumn<PairRecord, int> _shard = ColumnFactory<PairRecord>.Integer32("shard", pair => pair.Shard);
    private static readonly TableColumn<PairRecord, string> _pixelsSha256 =
        ColumnFactory<PairRecord>.Text("pixels_sha256", pair => pair.PixelsSha256);
    private static readonly TableColumn<PairRecord, string> _jsonSha256 =
        ColumnFactory<PairRecord>.Text("json_sha256", pair => pair.JsonSha256);
    private static readonly TableColumn<PairRecord, string> _textSha256 =
        ColumnFactory<PairRecord>.Text("text_sha256", pair => pair.TextSha256);
    private static readonly TableColumn<PairRecord, int> _width = ColumnFactory<PairRecord>.Integer32("width", pair => pair.Width);
    private static readonly TableColumn<PairRecord, int> _height = ColumnFactory<PairRecord>.Integer32("height", pair => pair.Height);
    private static readonly TableColumn<PairRecord, IReadOnlyList<string>> _entities =
        ColumnFactory<PairRecord>.TextList("entities", pair => pair.Entities);
    private static readonly TableColumn<PairRecord, double> _depictedShare =
        ColumnFactory<PairRecord>.Real64("depicted_share", pair => pair.DepictedShare);
    private static readonly TableColumn<PairRecord, string> _findings = ColumnFactory<PairRecord>.Text("findings", pair => pair.Findings);
    private static readonly TableColumn<PairRecord, string> _impression =
        ColumnFactory<PairRecord>.Text("impression", pair => pair.Impression);
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
    private static readonly TableColumn<PairRecord, long> _offset =
        ColumnFactory<PairRecord>.Integer64("offset", pair => pair.Offset, isInRoot: false);
    private static readonly TableColumn<PairRecord, long> _imageSize =
        ColumnFactory<PairRecord>.Integer64("image_size", pair => pair.ImageSize, isInRoot: false);

    public static TableSchema<PairRecord> Instance { get; } = new(
        "metadata.parquet",
        [
            _index, _shard, _pixelsSha256, _jsonSha256, _textSha256, _width, _height, _entities, _depictedShare, _findings,
            _impression, _reportSeed, _imageSeed, _attempts, _setsReplaced, _reportAttempts, _promptTokens, _promptTruncated,
            _verdict, _reportModel, _reportModelDigest, _checkerDigest, _imageModel, _imageModelDigest, _judgeModel,
            _judgeModelDigest, _imageSha256, _offset, _imageSize,
        ],
        cells => new PairRecord
        {
            Index = cells.Get(_index),
            Shard = cells.Get(_shard),
            PixelsSha256 = cells.Get(_pixelsSha256),
            JsonSha256 = cells.Get(_jsonSha256),
            TextSha256 = cells.Get(_textSha256),
            Width = cells.Get(_width),
            Height = cells.Get(_height),
            Entities = cells.Get(_entities),
            DepictedShare = cells.Get(_depictedShare),
            Findings = cells.Get(_findings),
            Impression = cells.Get(_impression),
            ReportSeed = cells.Get(_reportSeed),
            ImageSeed = cells.Get(_imageSeed),
            Attempts = cells.Get(_attempts),
            SetsReplaced = cells.Get(_setsReplaced),
            ReportAttempts = cells.Get(_reportAttempts),
            PromptTokens = cells.Get(_promptTokens),
            PromptTruncated = cells.Get(_promptTruncated),
            Verdict = cells.Get(_verdict),
            ReportModel = cells.Get(_reportModel),
            ReportModelDigest = cells.Get(_reportModelDigest),
            CheckerDigest = cells.Get(_checkerDigest),
            ImageModel = cells.Get(_imageModel),
            ImageModelDigest = cells.Get(_imageModelDigest),
            JudgeModel = cells.Get(_judgeModel),
            JudgeModelDigest = cells.Get(_judgeModelDigest),
            ImageSha256 = cells.Get(_imageSha256),
            Offset = cells.Get(_offset),
            ImageSize = cells.Get(_imageSize),
        });
}
