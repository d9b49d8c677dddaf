using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// <c>dataset</c>: a sealed data set, verified. The report is IMPRESSION and FINDINGS, the labels are the terms of the findings that the
/// pair was asked to show.
/// </summary>
public sealed class SealedDatasetLayout : IDataLayout
{
    private static readonly string[] _shown = ["abnormality/", "disease/"];

    public string Name => DataLayoutNames.SealedDataset;

    public StudySet Read(RadiographSource source, string field, CancellationToken cancellation)
    {
        // Parquet has no synchronous reader, and layouts have no asynchronous one: every other layout reads plain files.
        var dataset = Task.Run(
            () => SealedDataset.OpenForFieldAsync(source.Folder, $"{field}.name", source.Describe(source.Folder), cancellation),
            cancellation).GetAwaiter().GetResult();
        var studies = Enumerable.Range(0, dataset.Shards.Count).SelectMany(dataset.ReadShard).Select(p => new Study
        {
            Id = FormattableString.Invariant($"{p.Record.Index:000000}"),
            Source = "synthetic",
            Split = dataset.Manifest.Spec.Splits is null ? null : p.Record.Split,
            Labels = [.. p.Record.Entities.Where(e => _shown.Any(s => e.StartsWith(s, StringComparison.Ordinal)))
                .Select(e => e[(e.IndexOf('/', StringComparison.Ordinal) + 1)..].Replace('-', ' '))],
            Report = p.Record.Report,
            Sections = new StudySections(p.Record.Findings, p.Record.Impression),
            ImageBytes = p.Files.Png,
        });
        return new StudySet([.. studies], []);
    }
}
