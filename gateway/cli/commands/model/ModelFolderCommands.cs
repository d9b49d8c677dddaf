using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Standalone;
using SynCxr.Mesh.Trainer.Export;

namespace SynCxr.Mesh.Cli.Commands.Model;

/// <summary><c>model verify | export</c>: checks the ONNX files of a model folder against TorchSharp, and copies a model folder.</summary>
internal static class ModelFolderCommands
{
    private static readonly Argument<string> _nameArgument = new("name")
    {
        Description = "The model: name of a shipped one, name of one trained or added in the state folder, or a model folder.",
    };
    private static readonly Argument<DirectoryInfo> _intoArgument = new("into") { Description = "New folder for the copy." };

    public static Command BuildVerify() =>
        new Command("verify",
            "Compare the outputs of each ONNX file with TorchSharp's, at batch 1 and 5.") { _nameArgument }.WithAction(VerifyAsync);

    public static Command BuildExport() =>
        new Command("export", "Copy a model folder, and check its digest.") { _nameArgument, _intoArgument }
            .WithAction(ExportAsync);

    private static Task<(int, JsonObject?)> VerifyAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var json = parsed.GetValue(SyncxrCommand.JsonOption);
        var model = FindModel(parsed);
        using var progress = ProgressBar.Start("comparing");
        progress.ShowDetail(model.Card.Name);
        var differences = CompareExports(model);
        var passed = differences.All(d => d.Passed);
        ConsoleWriter.WriteTable(json, $"{model.Card.Name}  {model.Digest[..12]}",
            ["file", "output", "batch", "largest output", "largest difference", "share", ""],
            differences.Select(d => new[]
            {
                d.File, d.Output, $"{d.Batch}", FormatNumber(d.LargestOutput), FormatNumber(d.LargestDifference),
                FormatNumber(d.LargestDifference / d.LargestOutput), d.Passed ? "ok" : "TOO FAR",
            }));
        ConsoleWriter.WriteLine(json,
            passed
                ? $"Every output agrees with TorchSharp within {FormatNumber(OnnxExportCheck.Tolerance)} of the largest output."
                : $"Some outputs differ from TorchSharp's by more than {FormatNumber(OnnxExportCheck.Tolerance)} of the largest output.");
        var result = new JsonObject
        {
            ["name"] = model.Card.Name,
            ["digest"] = model.Digest,
            ["passed"] = passed,
            ["outputs"] = new JsonArray([.. differences.Select(d => new JsonObject
            {
                ["file"] = d.File,
                ["output"] = d.Output,
                ["batch"] = d.Batch,
                ["share"] = d.LargestDifference / d.LargestOutput,
                ["passed"] = d.Passed,
            })]),
        };
        return Task.FromResult((passed ? ExitCodes.Ok : ExitCodes.Mismatch, (JsonObject?)result));
    }

    private static Task<(int, JsonObject?)> ExportAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var model = FindModel(parsed);
        var into = PathArgumentValidator.ValidateNewFolder("into", parsed.GetValue(_intoArgument)!);
        var beside = into + ".part";
        foreach (var file in Directory.EnumerateFiles(model.Path, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(beside, Path.GetRelativePath(model.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }

        Directory.Move(beside, into);
        var digest = ModelFolder.Open(into).Digest;
        if (digest != model.Digest)
            throw new MeshException(ErrorReasons.DataCorrupt,
                $"The copy is damaged: its digest is {digest}, that of the model {model.Digest}.");
        ConsoleWriter.WriteLine(parsed.GetValue(SyncxrCommand.JsonOption), $"{into}  digest {digest}");
        return Task.FromResult((ExitCodes.Ok, (JsonObject?)new JsonObject { ["folder"] = into, ["digest"] = digest }));
    }

    private static ModelFolder FindModel(ParseResult parsed)
    {
        OptionUseValidator.ThrowIfTyped(parsed, "on a model folder of this machine, which needs no mesh",
            [.. SyncxrCommand.ConnectionOptions, SyncxrCommand.SetOption]);
        var name = parsed.GetValue(_nameArgument)!;
        return FindModel(parsed, name)
            ?? throw MeshException.Invalid("name",
                $"The model '{name}' was not found in {string.Join(", ", CandidatePaths(parsed, name))}.");
    }

    /// <summary>
    /// Finds a model: a shipped one, one trained in the state folder, or one in the folder of that path. Null where there is none.
    /// </summary>
    internal static ModelFolder? FindModel(ParseResult parsed, string name)
    {
        string[] found = [.. CandidatePaths(parsed, name).Where(p => File.Exists(Path.Combine(p, ModelFolder.CardFile)))];
        if (found.Length == 0)
            return null;
        // A shipped and a trained model of one name are ambiguous. A folder of that name in the current one is not: it comes last.
        if (found.Length > 1 && found[1] != Path.GetFullPath(name))
            throw MeshException.Invalid("name", $"Several models are called '{name}'. Give the folder: {string.Join(" or ", found)}.");
        try
        {
            return ModelFolder.Open(found[0]);
        }
        catch (InvalidDataException error)
        {
            throw new MeshException(ErrorReasons.DataCorrupt, error.Message);
        }
    }

    /// <summary>Compares the exports; a missing or truncated file is reported as damage, not as an unexpected error.</summary>
    private static IReadOnlyList<ExportDifference> CompareExports(ModelFolder model)
    {
        try
        {
            return OnnxExportCheck.Run(model.Path, RunOnnx);
        }
        catch (Exception error) when (error is InvalidDataException or IOException or JsonException or OnnxRuntimeException)
        {
            throw new MeshException(ErrorReasons.DataCorrupt, $"{model.Path}: {error.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>The state folder of a command.</summary>
    internal static string StatePath(ParseResult parsed) =>
        parsed.GetValue(SyncxrCommand.StateOption)?.FullName ?? Path.GetFullPath("state");

    /// <summary>The folder of a shipped model.</summary>
    internal static string ShippedPath(string name) => Path.Combine(AppContext.BaseDirectory, "models", name);

    private static string[] CandidatePaths(ParseResult parsed, string name) =>
        [ShippedPath(name), Path.Combine(StateFolderPaths.ModelsPath(StatePath(parsed)), name), Path.GetFullPath(name)];

    private static Dictionary<string, float[]> RunOnnx(string path, IReadOnlyList<OnnxInput> inputs)
    {
        using var graph = Onnx.OnnxSession.Load(path, OnnxSessionOptions.Cpu);
        var tensors = inputs.Select(i => i.Floats is not null
            ? TensorInput.Create(i.Name, i.Floats, [.. i.Shape])
            : TensorInput.Create(i.Name, i.Integers!, [.. i.Shape])).ToList();
        var names = graph.Outputs.Keys.ToList();
        var values = graph.Run(tensors, names);
        return names.Select((name, i) => (name, values[i])).ToDictionary(v => v.name, v => v.Item2);
    }

    private static string FormatNumber(double value) => value.ToString("0.##E+0", CultureInfo.InvariantCulture);
}
