using Google.Protobuf;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Evaluator.Peers;

/// <summary>Client of the curation service: features and verdicts.</summary>
internal sealed class CurationJudgeClient(CurationService.CurationServiceClient client, IOptions<EvaluatorOptions> options)
{
    private const int EmbedBatch = 64;

    /// <summary>The judge of that name; the peer's default for an empty one.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: the peer has no judge of that name.</exception>
    public async Task<ModelDescription> FindAsync(string name, string field, CancellationToken cancellation)
    {
        var listed = (await client.ListModelsAsync(new ListModelsRequest(), cancellationToken: cancellation)).Models;
        var models = listed.Where(m => m.Kind == ModelKind.QualityJudge).ToList();
        return (name.Length == 0 ? models.FirstOrDefault() : models.FirstOrDefault(m => m.Name == name))
            ?? throw MeshException.Invalid(
                field,
                    $"Unknown judge '{EchoedText.Shorten(name)}'. The curation service has "
                        + $"{string.Join(", ", models.Select(m => m.Name))}");
    }

    /// <summary>Cosine to a training image at or above which an image counts as memorised.</summary>
    public static double MemorisedThreshold(ModelDescription judge) => judge.Thresholds.Memorised;

    /// <summary>
    /// The generator whose training images the judge compares with: the given one if the judge has an index of them, else an empty name.
    /// </summary>
    public static string MemorisationIndexOf(ModelDescription judge, string generator) =>
        judge.MemorisationChecks.Any(c => c.Generator == generator && c.Problem.Length == 0) ? generator : "";

    /// <summary>Unit-length features of PNG images, in their order.</summary>
    public async Task<float[][]> EmbedAsync(ModelDescription judge, IReadOnlyList<byte[]> images, EvaluationRun run, string phase,
        CancellationToken cancellation)
    {
        var features = new List<float[]>(images.Count);
        foreach (var chunk in images.Chunk(EmbedBatch))
        {
            var request = new EmbedImagesRequest { Model = judge.Name };
            request.Images.AddRange(chunk.Select(Source));
            var answer = await client.EmbedImagesAsync(request, cancellationToken: cancellation);
            features.AddRange(answer.Embeddings.Select(e => e.Values.ToArray()));
            run.Report(phase, features.Count, images.Count);
        }

        return [.. features];
    }

    /// <summary>True for each PNG image that the judge accepts.</summary>
    /// <param name="generator">Whose training images they are held against; empty for none.</param>
    public async Task<bool[]> AssessAllAsync(
        ModelDescription judge, IReadOnlyList<byte[]> images, string generator, EvaluationRun run, string phase,
        CancellationToken cancellation)
    {
        var accepted = new bool[images.Count];
        var done = 0;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Value.CallsInFlight, CancellationToken = cancellation };
        await Parallel.ForAsync(0, images.Count, parallel, async (i, token) =>
        {
            var request = new AssessImageRequest { Image = Source(images[i]), Generator = generator, Model = judge.Name };
            accepted[i] = (await client.AssessImageAsync(request, cancellationToken: token)).Verdict.Accepted;
            run.Report(phase, Interlocked.Increment(ref done), images.Count);
        });
        return accepted;
    }

    private static ImageSource Source(byte[] png) => new() { Content = UnsafeByteOperations.UnsafeWrap(png) };
}
