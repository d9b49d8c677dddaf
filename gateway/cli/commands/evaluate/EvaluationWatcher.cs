using System.Globalization;
using Grpc.Core;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Cli.Commands.Evaluate;

/// <summary>Follows an evaluation with a progress bar, prints its figures, and downloads its files.</summary>
internal static class EvaluationWatcher
{
    /// <summary>Follows an evaluation that this command started: Ctrl-C cancels it.</summary>
    public static async Task<Evaluation> FollowOrCancelAsync(EvaluatorService.EvaluatorServiceClient client, string name,
        CancellationToken cancellation)
    {
        try
        {
            return await FollowAsync(client, name, cancellation, hasBegun: true);
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            await client.CancelEvaluationAsync(new CancelEvaluationRequest { Name = name }, cancellationToken: CancellationToken.None);
            throw;
        }
    }

    /// <summary>
    /// Follows an evaluation that somebody else may have started: Ctrl-C ends the command and leaves the evaluation alone.
    /// </summary>
    /// <param name="hasBegun">True where the mesh has answered this command before: then the first break of the watch is waited for
    /// too.</param>
    public static async Task<Evaluation> FollowAsync(EvaluatorService.EvaluatorServiceClient client, string name,
        CancellationToken cancellation, bool hasBegun = false)
    {
        using var progress = ProgressBar.Start("measuring");
        var evaluation = new Evaluation();
        var answers = MeshWatch.FollowAsync(
            () => client.WatchEvaluation(new WatchEvaluationRequest { Name = name }, cancellationToken: cancellation), hasBegun,
            cancellation);
        await foreach (var answer in answers)
        {
            evaluation = answer.Evaluation;
            if (evaluation.State == EvaluationState.Queued)
                progress.ShowDetail("waiting for a free evaluator");
            else if (evaluation.Progress is { } p)
                progress.ShowCount(p.Done, p.Total,
                    string.Create(CultureInfo.InvariantCulture,
                        $"{p.Activity} {p.Remaining?.ToTimeSpan() ?? TimeSpan.Zero:hh\\:mm\\:ss} left"));
        }

        return evaluation;
    }

    public static void PrintFigures(bool json, Evaluation evaluation)
    {
        ConsoleWriter.WriteTable(
            json,
            string.Join(", ", evaluation.Models.Select(m => $"{m.Model} {m.Digest[..12]}")),
            ["figure", "value", "95 %", "n", "expected", ""],
            evaluation.Figures.Select(f => new[]
            {
                $"{f.Task.Replace('_', ' ')}: {f.Finding}, {f.Metric.Replace('_', ' ')}", FormatNumber(f.Value),
                f.HasLow ? $"{FormatNumber(f.Low)}..{FormatNumber(f.High)}" : "", f.N.ToString(CultureInfo.InvariantCulture),
                FormatBounds(f),
                !f.HasHolds ? "" : f.Holds ? "yes" : "NO",
            }));
        foreach (var note in evaluation.Notes)
            ConsoleWriter.WriteLine(json, note);
        if (evaluation.Depicts.Count > 0)
            ConsoleWriter.WriteLine(
                json,
                $"The images show these findings, so `depicts` of its model.yaml should list them: "
                    + $"{string.Join(", ", evaluation.Depicts)}");
    }

    public static async Task WriteArtifactsAsync(EvaluatorService.EvaluatorServiceClient client, Evaluation evaluation, string folder,
        bool json, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        foreach (var artifact in evaluation.Artifacts)
            await File.WriteAllBytesAsync(Path.Combine(folder, artifact.Name.Split('/')[^1]),
                await ReadArtifactAsync(client, artifact, cancellation), cancellation);
        ConsoleWriter.WriteLine(json, $"{folder}: {string.Join(", ", evaluation.Artifacts.Select(a => a.Name.Split('/')[^1]))}");
    }

    /// <summary>Downloads a file of an evaluation.</summary>
    /// <exception cref="MeshException">DATA_CORRUPT: its digest is not that of the evaluation.</exception>
    public static async Task<byte[]> ReadArtifactAsync(EvaluatorService.EvaluatorServiceClient client, Artifact artifact,
        CancellationToken cancellation)
    {
        using var call = client.ReadArtifact(new ReadArtifactRequest { Name = artifact.Name }, cancellationToken: cancellation);
        using var bytes = new MemoryStream();
        await foreach (var part in call.ResponseStream.ReadAllAsync(cancellation))
            part.Data.WriteTo(bytes);
        var content = bytes.ToArray();
        return Sha256Digest.HexOf(content) == artifact.Sha256
            ? content
            : throw new MeshException(ErrorReasons.DataCorrupt,
                $"{artifact.Name} was damaged on the way: its digest is not {artifact.Sha256}. Try again.");
    }

    /// <summary>Why an evaluation did not succeed; with the fields at fault, as if the call that started it had been refused.</summary>
    public static MeshException ToException(Evaluation evaluation) => evaluation.Failure is { Fields.Count: > 0 } failure
        ? new MeshException(ErrorReasons.InvalidField, failure.Message,
            [.. failure.Fields.Select(f => new FieldViolation(f, failure.Message))])
        : new MeshException(ErrorReasons.Internal,
            $"{evaluation.Name} {StateFormatter.Format(evaluation.State)}: {evaluation.Failure?.Message}");

    private static string FormatBounds(Figure figure)
    {
        string[] bounds =
        [
            figure.HasAtLeast ? $">= {FormatNumber(figure.AtLeast)}" : "",
            figure.HasAtMost ? $"<= {FormatNumber(figure.AtMost)}" : "",
        ];
        return string.Join(' ', bounds.Where(b => b.Length > 0));
    }

    private static string FormatNumber(double value) =>
        value.ToString(Math.Abs(value) < 0.01 ? "0.#####" : "0.###", CultureInfo.InvariantCulture);
}
