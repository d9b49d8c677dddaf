using System.Globalization;
using Grpc.Core;
using SynCxr.Mesh.Cli.Output;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Cli.Commands.Evaluate;

/// <summary>Follows an evaluation with a progress bar, shows it, and fetches its files.</summary>
internal static class EvaluationWatcher
{
    /// <summary>Follows an evaluation that this command made: Ctrl-C cancels it.</summary>
    public static async Task<Evaluation> FollowOrCancelAsync(EvaluatorService.EvaluatorServiceClient client, string name,
        CancellationToken cancellation)
    {
        try
        {
            return await FollowAsync(client, name, cancellation);
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            await client.CancelEvaluationAsync(new CancelEvaluationRequest { Name = name }, cancellationToken: CancellationToken.None);
            throw;
        }
    }

    /// <summary>Follows any evaluation; Ctrl-C only stops watching.</summary>
    public static async Task<Evaluation> FollowAsync(EvaluatorService.EvaluatorServiceClient client, string name,
        CancellationToken cancellation)
    {
        using var progress = ProgressBar.StartCount("measuring");
        var evaluation = new Evaluation();
        using var watch = client.WatchEvaluation(new WatchEvaluationRequest { Name = name }, cancellationToken: cancellation);
        await foreach (var answer in watch.ResponseStream.ReadAllAsync(cancellation))
        {
            evaluation = answer.Evaluation;
            if (evaluation.State == EvaluationState.Queued)
                progress.ShowDetail("waits for its turn");
            else if (evaluation.Progress is { } p)
                progress.ShowCount(p.Step, p.Steps,
                    string.Create(CultureInfo.InvariantCulture, $"{p.Phase} {TimeSpan.FromSeconds(p.EtaSeconds):hh\\:mm\\:ss} left"));
        }

        return evaluation;
    }

    public static void PrintFigures(bool json, Evaluation evaluation)
    {
        ConsoleWriter.WriteTable(
            json,
            string.Join(", ", evaluation.Models.Select(m => $"{m.Model} {m.Digest[..12]}")),
            ["figure", "value", "95 %", "n", "wanted", ""],
            evaluation.Figures.Select(f => new[]
            {
                $"{f.Task.Replace('_', ' ')}: {f.Finding}, {f.Metric.Replace('_', ' ')}", FormatNumber(f.Value),
                f.HasLow ? $"{FormatNumber(f.Low)}..{FormatNumber(f.High)}" : "", f.N.ToString(CultureInfo.InvariantCulture),
                string.Join(' ',
                    new[] { f.HasAtLeast ? $">= {FormatNumber(f.AtLeast)}" : "",
                        f.HasAtMost ? $"<= {FormatNumber(f.AtMost)}" : "" }.Where(w => w.Length > 0)),
                !f.HasHolds ? "" : f.Holds ? "yes" : "NO",
            }));
        foreach (var note in evaluation.Notes)
            ConsoleWriter.WriteLine(json, note);
        if (evaluation.Depicts.Count > 0)
            ConsoleWriter.WriteLine(json, $"it obeys, and `depicts` should hold: {string.Join(", ", evaluation.Depicts)}");
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

    /// <summary>A file of an evaluation.</summary>
    /// <exception cref="MeshException">DATA_CORRUPT: it did not come as it was made.</exception>
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
            : throw new MeshException(ErrorReasons.DataCorrupt, $"{artifact.Name} came with another digest than it has");
    }

    /// <summary>Why an evaluation did not succeed, as the refusal that it would have been before it began.</summary>
    public static MeshException ToException(Evaluation evaluation) => evaluation.ErrorFields.Count > 0
        ? new MeshException(ErrorReasons.InvalidField, evaluation.Error,
            [.. evaluation.ErrorFields.Select(f => new FieldViolation(f, evaluation.Error))])
        : new MeshException(ErrorReasons.Internal, $"{evaluation.Name} {evaluation.State}: {evaluation.Error}");

    private static string FormatNumber(double value) =>
        value.ToString(Math.Abs(value) < 0.01 ? "0.#####" : "0.###", CultureInfo.InvariantCulture);
}
