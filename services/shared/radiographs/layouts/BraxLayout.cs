using SynCxr.Mesh.Radiographs.Layouts.Cells;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>brax</c>: BRAX (Reis et al. 2022). <c>master_spreadsheet_update.csv</c> names the PNGs by <c>PngPath</c>; labels are CheXpert's
/// fourteen columns. The DICOMs are a part of their own.
/// </summary>
internal sealed class BraxLayout : IDataLayout
{
    public string Name => DataLayoutNames.Brax;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        var files = SourceFiles.Find(source, $"{field}.name");
        var table = files.OpenTable(source.Labels, n => n.StartsWith("master_spreadsheet", StringComparison.Ordinal)
            && n.EndsWith(".csv", StringComparison.Ordinal), "master_spreadsheet_update.csv", $"{field}.labels");
        table.RequireColumns("PngPath", "PatientID");
        var columns = ChexpertColumns.FindIn(table, $"{field}.labels");
        var patients = KeyColumn.Create(table.Rows.Select(r => r["PatientID"]));
        var left = new LeftOutCounter("rows");
        var views = new ViewFilter(source, left);
        var join = new RowJoin(source, "PngPath");
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var studies = new List<Study>();
        foreach (var rows in join.Group(table).Values)
        {
            cancellation.ThrowIfCancellationRequested();
            var (row, labels) = join.Read(rows, columns, "PatientID", "ViewPosition");
            if (files.FindImage(row["PngPath"], row.Describe(), $"{field}.labels") is not { } file)
            {
                left.Add("have no image", row.Describe());
                continue;
            }

            if (!taken.Add(file))
                throw table.Refuse(row, "PngPath", "another row has the same image");
            var view = table.HasColumn("ViewPosition") ? EmptyCell.Read(row["ViewPosition"]) : null;
            if (table.HasColumn("ViewPosition") && views.LeavesOut(ViewFilter.IsFrontal(view), row.Describe()))
                continue;
            studies.Add(new Study
            {
                Id = files.RelativePath(file),
                Source = Name,
                Patient = EmptyCell.Read(row["PatientID"]) ?? "",
                PatientKey = patients.Normalise(row["PatientID"]),
                View = view,
                IsFrontal = ViewFilter.IsFrontal(view),
                Labels = labels.Present,
                Uncertain = labels.Uncertain,
                Negative = labels.Negative,
                IsNormal = ChexpertColumns.IsNormal(labels),
                Facts = SourceFacts.Read(row, ("sex", "PatientSex"), ("age", "PatientAge")),
                ImageFile = file,
            });
        }

        return files.Complete(studies, left.Count(table.Rows.Count), taken, table.Name, field) with { RaterPolicy = join.Policy };
    }
}
