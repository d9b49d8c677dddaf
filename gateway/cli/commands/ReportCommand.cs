using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.Building;
using SynCxr.Mesh.Report.Labelling;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Cli.Commands;

/// <summary><c>report label</c>: the 14 labels of a folder of reports, without a mesh.</summary>
internal static class ReportCommand
{
    private static readonly Argument<DirectoryInfo> _folderArgument = new("folder")
    {
        Description = "Folder of reports: .txt files, Open-I .xml files, or .tgz archives of these.",
    };
    private static readonly Option<FileInfo> _outOption = new("--out")
    {
        Description = "CSV file to write, one row a report: 0 negative, 1 positive, 2 uncertain, 3 not mentioned. Its folder must exist.",
        DefaultValueFactory = _ => new FileInfo("labels.csv"),
    };

    public static Command Build() => new Command("report", "Read reports.")
    {
        new Command("label", "Give each report of a folder the 14 labels of CheXpert.") { _folderArgument, _outOption }
            .WithAction(LabelAsync),
    };

    private static async Task<(int, JsonObject?)> LabelAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var folder = parsed.GetValue(_folderArgument)!;
        OptionUseValidator.ThrowIfTyped(parsed, "since no mesh is asked",
            [.. SyncxrCommand.ConnectionOptions, SyncxrCommand.SetOption, SyncxrCommand.StateOption]);
        if (!folder.Exists)
            throw MeshException.Invalid("folder", File.Exists(folder.FullName)
                ? $"'{folder.FullName}' is a file. Give the folder that it lies in." : $"The folder '{folder.FullName}' does not exist.");
        var file = PathArgumentValidator.ValidateNewFile("--out", parsed.GetValue(_outOption)!);
        var reader = new ReportFolderReader(folder.FullName);
        var counts = ChexpertLabels.All.ToDictionary(l => l, _ => new int[Enum.GetValues<LabelValue>().Length]);
        var rows = new StringBuilder("report,").AppendJoin(',', ChexpertLabels.All).Append('\n');
        var reports = 0;
        using (var progress = ProgressBar.Start("labelling reports"))
        {
            await foreach (var report in reader.ReadAsync(cancellation))
            {
                if (report.Text.Length == 0)
                {
                    reader.Skipped.Add(new SkippedFile(report.Id, "The report has neither findings nor an impression."));
                    continue;
                }

                var labels = ChexpertLabeler.Label(report.Text);
                rows.Append(Quote(report.Id)).Append(',').AppendJoin(',', ChexpertLabels.All.Select(l => (int)labels[l])).Append('\n');
                foreach (var (label, value) in labels)
                    counts[label][(int)value]++;
                progress.ShowDetail($"{++reports} reports");
            }
        }

        var others = string.Join(", ", reader.Others.Select(o => $"{(o.Key.Length > 0 ? o.Key : "without an ending")} {o.Value}"));
        if (reports == 0)
            throw MeshException.Invalid("folder", $"None of the files in '{folder.FullName}' could be read as a report."
                + (reader.Skipped is [var first, ..] ? $" {first.Name}: {first.Reason}"
                    : " Reports are .txt and .xml files, and .tgz of these.")
                + (others.Length > 0 ? $" Other files there: {others}." : ""));
        await File.WriteAllTextAsync(file, rows.ToString(), cancellation);
        ConsoleWriter.WriteTable(json, $"{reports} reports, {reader.Skipped.Count} files skipped",
            ["label", "positive", "negative", "uncertain", "not mentioned"],
            counts.Select(c => new[]
            {
                c.Key, $"{c.Value[(int)LabelValue.Positive]}", $"{c.Value[(int)LabelValue.Negative]}",
                $"{c.Value[(int)LabelValue.Uncertain]}", $"{c.Value[(int)LabelValue.NotMentioned]}",
            }));
        foreach (var skipped in reader.Skipped)
            Console.Error.WriteLine($"Skipped {skipped.Name}: {skipped.Reason}");
        if (others.Length > 0)
            Console.Error.WriteLine($"Files of other kinds were not opened: {others}.");
        ConsoleWriter.WriteLine(json, $"Written to {file}");
        return (ExitCodes.Ok, new JsonObject
        {
            ["file"] = file,
            ["reports"] = reports,
            ["skipped"] = reader.Skipped.Count,
            ["skipped_files"] =
                new JsonArray([.. reader.Skipped.Select(s => new JsonObject { ["file"] = s.Name, ["reason"] = s.Reason })]),
            ["other_files"] = reader.Others.Values.Sum(),
            ["positive"] =
                new JsonObject(counts.Select(c => KeyValuePair.Create(c.Key, (JsonNode?)c.Value[(int)LabelValue.Positive]))),
        });
    }

    private static string Quote(string id) =>
        id.AsSpan().IndexOfAny(',', '"', '\n') < 0 ? id : $"\"{id.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
