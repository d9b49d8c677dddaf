using System.Globalization;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Evaluator.Peers;

/// <summary>Client of the report service: vectors of texts.</summary>
internal sealed class TextEncoderClient(ReportService.ReportServiceClient client)
{
    private const int EmbedBatch = 64;

    /// <summary>The text encoder of that name.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: the peer has none of that name.</exception>
    public async Task<ModelDescription> FindAsync(string name, string field, CancellationToken cancellation)
    {
        var models = (await client.ListModelsAsync(new ListModelsRequest(), cancellationToken: cancellation)).Models
            .Where(model => model.Kind == ModelKind.TextEncoder).ToList();
        return models.Find(model => model.Name == name) ?? throw MeshException.Invalid(field,
            $"Unknown text encoder '{EchoedText.Shorten(name)}'. The report service has "
                + $"{string.Join(", ", models.Select(model => model.Name).DefaultIfEmpty("none"))}.");
    }

    /// <summary>The vectors of reports, in their order. How many were cut is noted.</summary>
    /// <param name="side">"real" or "other".</param>
    public async Task<float[][]> EmbedAsync(
        ModelDescription encoder, IReadOnlyList<string> texts, EvaluationRun run, string side, CancellationToken cancellation)
    {
        var vectors = new List<float[]>(texts.Count);
        var truncated = 0;
        foreach (var chunk in texts.Chunk(EmbedBatch))
        {
            var request = new EmbedTextsRequest { Model = encoder.Name };
            request.Texts.AddRange(chunk.Select(text => new EncodedText { Text = text }));
            var answer = await client.EmbedTextsAsync(request, cancellationToken: cancellation);
            vectors.AddRange(answer.Embeddings.Select(embedding => embedding.Values.ToArray()));
            truncated += answer.Embeddings.Count(embedding => embedding.Truncated);
            run.Report($"vectors of the {side} reports", vectors.Count, texts.Count);
        }

        if (truncated > 0)
            run.AddNote(string.Create(CultureInfo.InvariantCulture,
                $"{truncated} of {texts.Count} {side} reports were cut at the limit of {encoder.Name}."));
        return [.. vectors];
    }
}
