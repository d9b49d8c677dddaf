namespace SynCxr.Mesh.SealedDatasets.Tables;

/// <summary>
/// <c>extra/rejects.parquet</c>: one row a rejected attempt, by index and attempt. A function of the spec like the pairs, but outside
/// the root.
/// </summary>
public static class RejectTableSchema
{
    private static readonly TableColumn<RejectRecord, long> _index = ColumnFactory<RejectRecord>.Integer64("index", reject => reject.Index);
    private static readonly TableColumn<RejectRecord, int> _attempt =
        ColumnFactory<RejectRecord>.Integer32("attempt", reject => reject.Attempt);
    private static readonly TableColumn<RejectRecord, string> _step = ColumnFactory<RejectRecord>.Text("step", reject => reject.Step);
    private static readonly TableColumn<RejectRecord, IReadOnlyList<string>> _reasons =
        ColumnFactory<RejectRecord>.TextList("reasons", reject => reject.Reasons);
    private static readonly TableColumn<RejectRecord, IReadOnlyList<string>> _entities =
        ColumnFactory<RejectRecord>.TextList("entities", reject => reject.Entities);
    private static readonly TableColumn<RejectRecord, string> _findings =
        ColumnFactory<RejectRecord>.Text("findings", reject => reject.Findings);
    private static readonly TableColumn<RejectRecord, string> _impression =
        ColumnFactory<RejectRecord>.Text("impression", reject => reject.Impression);
    private static readonly TableColumn<RejectRecord, string> _imageSha256 =
        ColumnFactory<RejectRecord>.Text("image_sha256", reject => reject.ImageSha256);
    private static readonly TableColumn<RejectRecord, string> _pixelsSha256 =
        ColumnFactory<RejectRecord>.Text("pixels_sha256", reject => reject.PixelsSha256);
    private static readonly TableColumn<RejectRecord, string> _evidence =
        ColumnFactory<RejectRecord>.Text("evidence", reject => reject.Evidence);

    public static TableSchema<RejectRecord> Instance { get; } = new(
        TableNames.ExtraFolder + "/rejects.parquet",
        [
            _index, _attempt, _step, _reasons, _entities, _findings, _impression, _imageSha256, _pixelsSha256, _evidence,
        ],
        cells => new RejectRecord
        {
            Index = cells.Get(_index),
            Attempt = cells.Get(_attempt),
            Step = cells.Get(_step),
            Reasons = cells.Get(_reasons),
            Entities = cells.Get(_entities),
            Findings = cells.Get(_findings),
            Impression = cells.Get(_impression),
            ImageSha256 = cells.Get(_imageSha256),
            PixelsSha256 = cells.Get(_pixelsSha256),
            Evidence = cells.Get(_evidence),
        });
}
