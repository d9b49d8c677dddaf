using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Cli.Experiments;

/// <summary>
/// <c>experiment real-vs-synthetic</c>: is a synthetic data set worth as much as a real one? Run again on its state folder, it goes on
/// where it stopped.
/// </summary>
internal static class ExperimentCommand
{
    private static readonly Option<DirectoryInfo> _dataOption = new("--data")
    {
        Description =
            "Real radiographs: one folder for each class (normal, bacterial_pneumonia, viral_pneumonia) in `train` and in `valid`.",
        Required = true,
    };
    private static readonly Option<DirectoryInfo> _nihOption = new("--nih")
    {
        Description = "For --full: images of NIH ChestX-ray14 in `train` and in `valid`.",
    };
    private static readonly Option<FileInfo> _nihLabelsOption = new("--nih-labels")
    {
        Description = "Label table of the NIH images: Data_Entry_2017*.csv or .csv.gz.",
    };
    private static readonly Option<DirectoryInfo> _outOption = new("--out")
    {
        Description = "Folder for the page with the results.",
        DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("runs", "real-vs-synthetic")),
    };
    private static readonly Option<bool> _quickOption = new("--quick")
    {
        Description = "One seed and few steps: minutes, to see that everything works.",
    };
    private static readonly Option<bool> _fullOption = new("--full")
    {
        Description =
            "Also a tenth of the real patients, NIH where it is given, and the ablations: hours. It goes on where an earlier run of this "
            + "or the default size ended.",
    };

    public static Command Build() => new("experiment", "Answer a question by data sets, trainings and evaluations.")
    {
        new Command("real-vs-synthetic", "Compare ConVIRT and GLoRIA trained on real, synthetic and mixed data.") { _dataOption,
            _nihOption,
            _nihLabelsOption, _outOption, _quickOption, _fullOption }.WithAction(RunAsync),
    };

    private static async Task<(int, JsonObject?)> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        if (parsed.GetValue(_quickOption) && parsed.GetValue(_fullOption))
            throw MeshException.Invalid("--full", "Can't be combined with --quick. Give one of them.");
        var size = parsed.GetValue(_quickOption) ? ExperimentSize.Quick : parsed.GetValue(_fullOption)
            ? ExperimentSize.Full : ExperimentSize.Default;
        CheckParts(_dataOption.Name, parsed.GetValue(_dataOption)!);
        CheckNihOptions(parsed, size);
        var folder = PathArgumentValidator.CreateWorkFolder("--out", parsed.GetValue(_outOption)!.FullName);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await using var mesh = await MeshConnection.OpenAsync(parsed, cancellation);
        var names = await DataArgumentResolver.CreateAsync(new TrainerService.TrainerServiceClient(mesh.Invoker), mesh, cancellation);
        var data = names.Resolve(_dataOption.Name, parsed.GetValue(_dataOption)!.ToString());
        var nih = parsed.GetValue(_nihOption) is { } images && parsed.GetValue(_nihLabelsOption) is { } labels
            ? RealDataSplit.Nih(names.Resolve(_nihOption.Name, images.ToString()), names.Resolve(_nihLabelsOption.Name, labels.ToString()))
            : null;
        var experiment = new RealVersusSyntheticExperiment(mesh, data, nih, size, json);
        var results = await experiment.RunAsync(cancellation);
        var page = Path.Combine(folder, "index.html");
        await File.WriteAllTextAsync(page, await experiment.WritePageAsync(results, cancellation), cancellation);
        foreach (var (setup, recipe, evaluation) in results.Comparisons)
            ConsoleWriter.WriteTable(json, $"{setup}: {recipe}",
                ["arm", "finding", "AUC (95 %)", "difference to the first arm", "p (Holm)", "deviation over seeds"],
                ExperimentResults.ComparisonRows(evaluation));
        ConsoleWriter.WriteLine(json,
            string.Create(CultureInfo.InvariantCulture,
                $"{results.Trainings.Count} models in {clock.Elapsed.TotalMinutes:0.0} min. Open {page} to see the results."));
        var result = results.ToJson();
        result["page"] = page;
        result["minutes"] = Math.Round(clock.Elapsed.TotalMinutes, 1);
        return (ExitCodes.Ok, result);
    }

    private static void CheckNihOptions(ParseResult parsed, ExperimentSize size)
    {
        var labels = parsed.GetValue(_nihLabelsOption);
        if (parsed.GetValue(_nihOption) is not { } folder)
        {
            if (labels is not null)
                throw MeshException.Invalid("--nih", "Is missing: --nih-labels needs it.");
            return;
        }

        if (size != ExperimentSize.Full)
            throw MeshException.Invalid("--nih", "Needs --full.");
        CheckParts(_nihOption.Name, folder);
        if (labels is null || !(labels.Exists || DataArgumentResolver.IsName(labels.ToString())))
            throw MeshException.Invalid("--nih-labels", "Must name the label table of the NIH images, a file that exists.");
    }

    /// <summary>A folder of this machine is looked at before any work; a name is for the mesh to find.</summary>
    private static void CheckParts(string option, DirectoryInfo folder)
    {
        if (DataArgumentResolver.IsName(folder.ToString()) && !folder.Exists)
            return;
        foreach (var part in new[] { "train", "valid" })
        {
            if (!Directory.Exists(Path.Combine(folder.FullName, part)))
                throw MeshException.Invalid(option, $"The folder '{folder.FullName}' has no folder '{part}' in it.");
        }
    }
}
