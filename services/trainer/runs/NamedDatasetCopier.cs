using System.Text.RegularExpressions;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Trainer.Recipes;

namespace SynCxr.Mesh.Trainer.Runs;

/// <summary>
/// Copies sealed data sets that a spec gives by name from the balancer when a run starts, because this machine may not see their folder.
/// </summary>
internal sealed partial class NamedDatasetCopier(DatasetService.DatasetServiceClient datasets, TimeProvider clock)
{
    private const string Prefix = "datasets/";

    /// <summary>Time limit of one copy.</summary>
    private static readonly TimeSpan _limit = TimeSpan.FromHours(6);

    public static bool IsDatasetName(string layout, string folder) =>
        layout == DataLayoutNames.SealedDataset && folder.StartsWith(Prefix, StringComparison.Ordinal);

    /// <exception cref="MeshException">INVALID_FIELD: the name has another form.</exception>
    public static void CheckName(string name, string field)
    {
        if (!Name().IsMatch(name))
            throw MeshException.Invalid(field, "must be a folder, or a name of the form datasets/{id}");
    }

    /// <summary>
    /// The plan with folders instead of names: each data set is copied into the run's work folder, where a later attempt finds it.
    /// </summary>
    public async Task<TrainingPlan> CopyAsync(TrainingPlan plan, string work, IProgress<LoopProgress> progress,
        CancellationToken cancellation) => plan with
        {
            Sources = await CopyAsync(plan.Sources, work, progress, cancellation),
            Validation = await CopyAsync(plan.Validation, work, progress, cancellation),
        };

    private async Task<IReadOnlyList<RadiographSource>> CopyAsync(IReadOnlyList<RadiographSource> sources, string work,
        IProgress<LoopProgress> progress, CancellationToken cancellation)
    {
        var copied = new List<RadiographSource>();
        foreach (var source in sources)
            copied.Add(IsDatasetName(source.Layout, source.Folder)
                ? source with { Folder = await CopyOneAsync(source.Folder, work, progress, cancellation) } : source);
        return copied;
    }

    private async Task<string> CopyOneAsync(string name, string work, IProgress<LoopProgress> progress, CancellationToken cancellation)
    {
        var folder = Path.Combine(work, "datasets", name[Prefix.Length..]);
        if (!Directory.Exists(folder))
        {
            var told = -1L;
            await DatasetDownloader.DownloadAsync(datasets, name, folder, Tell, (clock.GetUtcNow() + _limit).UtcDateTime, cancellation);

            void Tell(long done, long total, string file)
            {
                const long megabyte = 1 << 20;
                if (told == done / megabyte)
                    return;
                told = done / megabyte;
                progress.Report(new LoopProgress("data", told, total / megabyte, 0, 0, 0, 0));
            }
        }

        return folder;
    }

    [GeneratedRegex(@"\Adatasets/[a-z0-9][a-z0-9-]{0,62}\z")]
    private static partial Regex Name();
}
