namespace SynCxr.Mesh.SealedDatasets.Tables;

/// <summary>
/// <c>extra/run.parquet</c>: one row a pair with what this run spent on it. Outside the root: another run of the same spec has other
/// values.
/// </summary>
public static class RunTableSchema
{
    private static readonly TableColumn<RunRecord, long> _index = ColumnFactory<RunRecord>.Integer64("index", run => run.Index);
    private static readonly TableColumn<RunRecord, string> _tenant = ColumnFactory<RunRecord>.Text("tenant", run => run.Tenant);
    private static readonly TableColumn<RunRecord, string> _host = ColumnFactory<RunRecord>.Text("host", run => run.Host);
    private static readonly TableColumn<RunRecord, int> _tries = ColumnFactory<RunRecord>.Integer32("tries", run => run.Tries);
    private static readonly TableColumn<RunRecord, long> _reportMs = ColumnFactory<RunRecord>.Integer64("report_ms", run => run.ReportMs);
    private static readonly TableColumn<RunRecord, long> _imageMs = ColumnFactory<RunRecord>.Integer64("image_ms", run => run.ImageMs);
    private static readonly TableColumn<RunRecord, long> _curationMs =
        ColumnFactory<RunRecord>.Integer64("curation_ms", run => run.CurationMs);
    private static readonly TableColumn<RunRecord, long> _doneUnixMs =
        ColumnFactory<RunRecord>.Integer64("done_unix_ms", run => run.DoneUnixMs);

    public static TableSchema<RunRecord> Instance { get; } = new(
        TableNames.ExtraFolder + "/run.parquet",
        [
            _index, _tenant, _host, _tries, _reportMs, _imageMs, _curationMs, _doneUnixMs,
        ],
        cells => new RunRecord
        {
            Index = cells.Get(_index),
            Tenant = cells.Get(_tenant),
            Host = cells.Get(_host),
            Tries = cells.Get(_tries),
            ReportMs = cells.Get(_reportMs),
            ImageMs = cells.Get(_imageMs),
            CurationMs = cells.Get(_curationMs),
            DoneUnixMs = cells.Get(_doneUnixMs),
        });
}
