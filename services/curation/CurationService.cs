using Grpc.Core;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Curation.Alignment;
using SynCxr.Mesh.Curation.Canaries;
using SynCxr.Mesh.Curation.Encoders;
using SynCxr.Mesh.Curation.Judging;
using SynCxr.Mesh.Curation.Judging.Chat;
using SynCxr.Mesh.Curation.Likeness;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Curation;

/// <summary>The RPCs: check the request, hand it to the curator, map the answer.</summary>
internal sealed class CurationService(Curator curator, ChatJudgeRegistry chatJudges, IOptions<CurationOptions> options,
    ImageSourceReader sources, CanaryKeeper canaries, CurationMetrics metrics, FeatureChoiceResolver choices,
    ImageFeatureReader encoded, CurationModelLister models, AlignmentChecker alignments,
    [FromKeyedServices(CurationHost.SearchPool)] ProcessorWorkPool searching,
    [FromKeyedServices(CurationHost.ChatQueues)] ModelQueues chatQueues)
    : V1.CurationService.CurationServiceBase
{
    private const int MaxImages = 64;
    private const int MaxCandidates = 4096;

    public override async Task<AssessImageResponse> AssessImage(AssessImageRequest request, ServerCallContext context)
    {
        var chat = FindChatJudge(request.Model);
        using var slot = await EnterQueueAsync(chat, context);
        var judge = curator.Loaded.Judge;
        var choice = choices.Resolve(request.Embedding, request.Bank, judge);
        var question = alignments.Prepare(request.Alignment);
        var (image, features) = await encoded.ReadAsync(request.Image, "image", choice.Encoder, context);
        var alignment = await AlignmentChecker.AnswerAsync(question, image, ToTerms(context), context.CancellationToken);
        var (verdict, embedding) = await curator.AssessAsync(image, chat, request.Generator, request.Memorisation, ToTerms(context),
            context.CancellationToken, ofJudge => choice.MeasureBank(features ?? ofJudge), alignment);
        var producer = chat is null ? CurationMapping.ToProducer(judge, JudgeModel.EngineName) : CurationMapping.ToProducer(chat, judge);
        return new AssessImageResponse { Verdict = CurationMapping.ToVerdict(verdict, producer), Embedding = { features ?? embedding } };
    }

    public override async Task<AssessCanaryResponse> AssessCanary(AssessCanaryRequest request, ServerCallContext context)
    {
        var chat = FindChatJudge(request.Model);
        var canary = canaries.Find(chat, request.Number);
        using var slot = await EnterQueueAsync(chat, context);
        var (image, _) = await encoded.ReadAsync(new ImageSource { Content = canary.Content }, canary.Name, null, context);
        var (verdict, _) = await curator.AssessAsync(image, chat, "", MemorisationPolicy.LeftOut, ToTerms(context),
            context.CancellationToken);
        var judge = curator.Loaded.Judge;
        var producer = chat is null ? CurationMapping.ToProducer(judge, JudgeModel.EngineName) : CurationMapping.ToProducer(chat, judge);
        return new AssessCanaryResponse
        {
            Name = canary.Name,
            IsGood = canary.IsGood,
            Verdict = CurationMapping.ToVerdict(verdict, producer),
        };
    }

    public override async Task<EmbedImagesResponse> EmbedImages(EmbedImagesRequest request, ServerCallContext context)
    {
        FindChatJudge(request.Model);
        if (request.Images.Count is < 1 or > MaxImages)
            throw MeshException.Invalid("images", $"Send 1 to {MaxImages} images, not {request.Images.Count}.");
        if (choices.FindEncoder(request.Embedding) is { } encoder)
            return await encoded.EmbedAsync(request.Images, encoder, context);
        var size = curator.Loaded.Judge.Settings.InputSize;
        var images = new List<GrayImage>(request.Images.Count);
        for (var i = 0; i < request.Images.Count; i++)
            images.Add(ImageResizer.Resize(await sources.ReadAsync(request.Images[i], $"images[{i}]", context), size, size));
        var features = await curator.EmbedAsync(images, ToTerms(context), context.CancellationToken);
        return new EmbedImagesResponse
        {
            Embeddings = { features.Select(f => new Embedding { Values = { f } }) },
            Judge = CurationMapping.ToProducer(curator.Loaded.Judge, JudgeModel.EmbeddingEngineName),
        };
    }

    public override async Task<FindDuplicatesResponse> FindDuplicates(FindDuplicatesRequest request, ServerCallContext context)
    {
        FindChatJudge(request.Model);
        using var activity = CurationMetrics.StartFindDuplicates();
        var judge = curator.Loaded.Judge.Settings;
        var (width, threshold) = choices.FindEncoder(request.Embedding) is { } encoder
            ? (encoder.Encoder.Width, encoder.Card.ImageEncoder!.NearDuplicate) : (judge.Embedding, judge.NearDuplicate);
        using var place = await searching.EnterAsync(context, RequestContext.Current.Tenant);
        var search = await place.RunAsync(_ => curator.CreateDuplicateSearch(ToCandidates(request, width), threshold));
        for (var i = 0; i < request.Accepted.Count; i++)
        {
            var (block, field) = (request.Accepted[i], $"accepted[{i}]");
            var bytes = await sources.ReadEmbeddingsAsync(block, width, field, context.CancellationToken);
            await place.RunAsync(token =>
            {
                search.CompareWithAccepted(block.Indexes, ImageSourceReader.ParseEmbeddings(bytes, width, field), token);
                return true;
            });
        }

        var duplicates = await place.RunAsync(search.FindNearDuplicates);
        metrics.RecordDuplicates(duplicates.Count);
        return new FindDuplicatesResponse
        {
            Duplicates = { duplicates.Select(d => new Duplicate { Index = d.Index, Likeness = CurationMapping.ToLikeness(d.Likeness) }) },
        };
    }

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) =>
        Task.FromResult(models.List(request.Alignment));

    private static List<IndexedFeatures> ToCandidates(FindDuplicatesRequest request, int width)
    {
        if (request.Candidates.Count is < 1 or > MaxCandidates)
            throw MeshException.Invalid("candidates", $"Send 1 to {MaxCandidates} candidates, not {request.Candidates.Count}.");
        var candidates = new List<IndexedFeatures>(request.Candidates.Count);
        for (var i = 0; i < request.Candidates.Count; i++)
        {
            var candidate = request.Candidates[i];
            if (candidate.Index < 0 || (i > 0 && candidate.Index <= candidates[i - 1].Index))
                throw MeshException.Invalid($"candidates[{i}].index",
                    "The indices must be 0 or more and rise from candidate to candidate.");
            float[] values = [.. candidate.Values];
            if (values.Length != width)
                throw MeshException.Invalid($"candidates[{i}].values",
                    $"An embedding has {width} values, not {values.Length}.");
            if (!Array.TrueForAll(values, float.IsFinite) || Math.Abs(CosineSimilarity.NormOf(values) - 1) > 1e-3)
                throw MeshException.Invalid($"candidates[{i}].values", "The values must be finite and form a vector of unit length.");
            candidates.Add(new IndexedFeatures(candidate.Index, values));
        }

        return candidates;
    }

    private static BatchRowOptions ToTerms(ServerCallContext context) =>
        BatchRowOptions.FromCall(context, RequestContext.Current.Tenant);

    /// <summary>The chat judge that a request means; null for the loaded judge.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: this replica has no such judge.</exception>
    private async ValueTask<IDisposable?> EnterQueueAsync(ChatJudge? chat, ServerCallContext context) => chat is null
        ? null
        : await chatQueues.Before(chat.Name, chat.Concurrency).EnterAsync(context, RequestContext.Current.Tenant);

    private ChatJudge? FindChatJudge(string model)
    {
        var name = model.Length > 0 ? model : options.Value.Judge;
        var loaded = curator.Loaded.Judge.Card.Name;
        if (name.Length == 0 || name == loaded)
            return null;
        var known = string.Join(", ", chatJudges.All.Select(j => j.Name).Prepend(loaded));
        return chatJudges.Find(name)
            ?? throw MeshException.Invalid("model", $"This replica has no judge '{EchoedText.Shorten(name)}'; it has {known}.");
    }
}
