using Grpc.Core;
using SynCxr.Mesh.Curation.Likeness;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Curation;

/// <summary>The RPCs: check the request, hand it to the curator, spell the answer.</summary>
internal sealed class CurationService(Curator curator, ImageSourceReader sources, CurationMetrics metrics) : V1.CurationService.CurationServiceBase
{
    private const int MaxImages = 64;
    private const int MaxCandidates = 4096;

    public override async Task<AssessImageResponse> AssessImage(AssessImageRequest request, ServerCallContext context)
    {
        CheckModel(request.Model);
        var image = await sources.ReadAsync(request.Image, "image", context);
        var (verdict, embedding) = await curator.AssessAsync(image, request.Generator, ToBatchTerms(context), context.CancellationToken);
        return new AssessImageResponse { Verdict = CurationMapping.ToVerdict(verdict, curator.Loaded.Judge), Embedding = { embedding } };
    }

    public override async Task<EmbedImagesResponse> EmbedImages(EmbedImagesRequest request, ServerCallContext context)
    {
        CheckModel(request.Model);
        if (request.Images.Count is < 1 or > MaxImages)
            throw MeshException.Invalid("images", $"1 to {MaxImages} are taken, {request.Images.Count} were sent");
        var size = curator.Loaded.Judge.Settings.InputSize;
        var images = new List<GrayImage>(request.Images.Count);
        for (var i = 0; i < request.Images.Count; i++)
            images.Add(ImageResizer.ResizeByArea(await sources.ReadAsync(request.Images[i], $"images[{i}]", context), size, size));
        var features = await curator.EmbedAsync(images, ToBatchTerms(context), context.CancellationToken);
        return new EmbedImagesResponse
        {
            Embeddings = { features.Select(f => new Embedding { Values = { f } }) },
            Judge = CurationMapping.ToProducer(curator.Loaded.Judge, Judging.JudgeModel.EmbeddingEngineName),
        };
    }

    public override async Task<FindDuplicatesResponse> FindDuplicates(FindDuplicatesRequest request, ServerCallContext context)
    {
        CheckModel(request.Model);
        using var activity = CurationMetrics.StartFindDuplicates();
        var width = curator.Loaded.Judge.Settings.Embedding;
        var search = curator.CreateDuplicateSearch(ToCandidates(request, width));
        for (var i = 0; i < request.Accepted.Count; i++)
        {
            var rows = await sources.ReadEmbeddingsAsync(request.Accepted[i], width, $"accepted[{i}]", context.CancellationToken);
            search.CompareWithAccepted(request.Accepted[i].Indexes, rows, context.CancellationToken);
        }

        var losers = search.FindNearDuplicates(context.CancellationToken);
        metrics.RecordDuplicates(losers.Count);
        return new FindDuplicatesResponse
        {
            Duplicates = { losers.Select(l => new Duplicate { Index = l.Index, Likeness = CurationMapping.ToLikeness(l.Likeness) }) },
        };
    }

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListModelsResponse { Models = { CurationMapping.ToModelDescription(curator.Loaded) } });

    private static List<IndexedFeatures> ToCandidates(FindDuplicatesRequest request, int width)
    {
        if (request.Candidates.Count is < 1 or > MaxCandidates)
            throw MeshException.Invalid("candidates", $"1 to {MaxCandidates} are taken, {request.Candidates.Count} were sent");
        var candidates = new List<IndexedFeatures>(request.Candidates.Count);
        for (var i = 0; i < request.Candidates.Count; i++)
        {
            var candidate = request.Candidates[i];
            if (candidate.Index < 0 || (i > 0 && candidate.Index <= candidates[i - 1].Index))
                throw MeshException.Invalid($"candidates[{i}].index", "must not be negative and must rise from candidate to candidate");
            float[] values = [.. candidate.Values];
            if (values.Length != width)
                throw MeshException.Invalid($"candidates[{i}].values", $"{width} values are wanted, {values.Length} were sent");
            if (!Array.TrueForAll(values, float.IsFinite) || Math.Abs(CosineSimilarity.NormOf(values) - 1) > 1e-3)
                throw MeshException.Invalid($"candidates[{i}].values", "must be numbers and of unit length");
            candidates.Add(new IndexedFeatures(candidate.Index, values));
        }

        return candidates;
    }

    private static BatchRowOptions ToBatchTerms(ServerCallContext context) => new()
    {
        Deadline = context.Deadline == DateTime.MaxValue ? null : new DateTimeOffset(context.Deadline.ToUniversalTime(), TimeSpan.Zero),
        IsRetry = RequestConcurrencyLimiter.IsRetry(context),
    };

    private void CheckModel(string model)
    {
        var judge = curator.Loaded.Judge.Card.Name;
        if (model.Length > 0 && model != judge)
            throw MeshException.Invalid("model", $"this replica has the judge {judge} only");
    }
}
