using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs.Layouts.Cells;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// The tables of MIMIC-CXR-JPG: <c>mimic-cxr-2.0.0-chexpert.csv</c>, which the source names or that lies in its folder, and
/// <c>-metadata</c> and <c>-split</c>, which lie with it. None must be there.
/// </summary>
internal sealed class MimicTables
{
    private readonly CsvTable? _labels;
    private readonly string[] _columns = [];
    private readonly RowJoin _join;
    private readonly KeyColumn _subjects = KeyColumn.Create([]), _exams = KeyColumn.Create([]);
    private readonly Dictionary<string, List<CsvRow>> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CsvRow>? _views, _splits;
    private readonly HashSet<string> _found = new(StringComparer.Ordinal);

    private MimicTables(RadiographSource source, CsvTable? labels, CsvTable? views, CsvTable? splits, string field)
    {
        _join = new RowJoin(source, "study_id");
        (_labels, _views, _splits) = (labels, views?.IndexRows("dicom_id"), splits?.IndexRows("dicom_id"));
        if (labels is null)
            return;
        labels.RequireColumns("subject_id", "study_id");
        _columns = ChexpertColumns.FindIn(labels, field);
        _subjects = KeyColumn.Create(labels.Rows.Select(r => r["subject_id"]));
        _exams = KeyColumn.Create(labels.Rows.Select(r => r["study_id"]));
        _rows = _join.Group(labels, _exams.Normalise);
    }

    /// <summary>The table of labels as messages call it; null where there is none.</summary>
    public string? LabelTable => _labels?.Name;

    public bool HasViews => _views is not null;

    /// <summary>As <see cref="RowJoin.Policy"/>.</summary>
    public string? Policy => _join.Policy;

    /// <exception cref="MeshException">INVALID_FIELD: a table that can't be read, several of one kind, or rows that differ.</exception>
    public static MimicTables Read(RadiographSource source, SourceFiles files, string field)
    {
        var at = $"{field}.labels";
        var label = files.FindTable(source.Labels, n => n.EndsWith("-chexpert.csv", StringComparison.Ordinal), at)
            ?? FindIn(Path.GetFullPath(Path.Combine(source.Folder, "..")), "-chexpert.csv", source);
        var folder = label is null ? Path.GetFullPath(source.Folder) : Path.GetDirectoryName(Path.GetFullPath(label))!;
        var views = Open("-metadata.csv", "ViewPosition");
        var splits = Open("-split.csv", "split");
        return new MimicTables(source, label is null ? null : CsvTable.Open(label, source.Boundary, at), views, splits, at);

        CsvTable? Open(string ending, string column)
        {
            if (FindIn(folder, ending, source) is not { } file)
                return null;
            var table = CsvTable.Open(file, source.Boundary, at);
            table.RequireColumns("dicom_id", column);
            return table;
        }
    }

    /// <summary>The labels of an exam; null where it is in no table.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: rows that differ, or one of another subject.</exception>
    public Reading? FindLabels(string subject, string exam)
    {
        if (!_rows.TryGetValue(_exams.Normalise(exam), out var rows))
            return null;
        _found.Add(_exams.Normalise(exam));
        var (row, labels) = _join.Read(rows, _columns, "subject_id");
        return _subjects.Normalise(row["subject_id"]) == _subjects.Normalise(subject) ? labels
            : throw row.Table.Refuse(row, "subject_id", "is another one than that of the exam's folder");
    }

    /// <summary>The view of an image; null where it is not told.</summary>
    public string? FindView(string image) => _views!.TryGetValue(image, out var row) ? EmptyCell.Read(row["ViewPosition"]) : null;

    /// <summary>The part of the split that an image is in; null where it is not told.</summary>
    public string? FindSplit(string image) =>
        _splits is not null && _splits.TryGetValue(image, out var row) ? EmptyCell.Read(row["split"]) : null;

    /// <summary>Rows of the table of labels whose exam was never asked for: it has no images.</summary>
    public IReadOnlyList<LeftOutCount> CountUnmatched()
    {
        var left = new LeftOutCounter("studies of the table of labels");
        foreach (var (_, rows) in _rows.Where(r => !_found.Contains(r.Key)))
            left.Add("have no image", rows[0].Describe());
        return left.Count(_rows.Count);
    }

    private static string? FindIn(string folder, string ending, RadiographSource source) =>
        !DataFiles.FolderExists(folder, source.Boundary) ? null : Directory.EnumerateFiles(folder)
            .Where(f => f.EndsWith(ending, StringComparison.OrdinalIgnoreCase)
                || f.EndsWith(ending + ".gz", StringComparison.OrdinalIgnoreCase))
            .Where(f => DataFiles.Exists(f, source.Boundary)).Order(StringComparer.Ordinal).FirstOrDefault();
}
