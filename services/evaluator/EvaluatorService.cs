using System.Text.RegularExpressions;
using Google.Protobuf;
using Grpc.Core;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Tasks;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Evaluator.Vision;
using SynCxr.Mesh.Hosting;

namespace SynCxr.Mesh.Evaluator;

/// <summary>The RPCs: check the request, hand it to the queue, spell the answer.</summary>
internal sealed partial class EvaluatorService(EvaluationQueue queue, EvaluationStore store, TaskBook tasks, VisionModels models, TimeProvider clock)
    : V1.EvaluatorService.EvaluatorServiceBase
{
    private const int DefaultPage = 50, LargestPage = 1000, LongestRequestId = 128, PartBytes = 64 * 1024;
    private static readonly TimeSpan WatchEvery = TimeSpan.FromMilliseconds(300);

    public override async Task<CreateEvaluationResponse> CreateEvaluation(CreateEvaluationRequest request, ServerCallContext context)
    {
        if (request.RequestId.Length > LongestRequestId)
            throw MeshException.Invalid("request_id", $"must be at most {LongestRequestId} characters");
        var spec = await tasks.FillAsync(request.Spec ?? throw MeshException.Invalid("spec", "is missing"), context.CancellationToken);
        var evaluation = request.ValidateOnly
            ? new Evaluation { Spec = spec, State = EvaluationState.Queued }
            : queue.Enqueue(Caller.Current.Tenant, request.RequestId, spec);
        return new CreateEvaluationResponse { Evaluation = evaluation };
    }

    public override Task<GetEvaluationResponse> GetEvaluation(GetEvaluationRequest request, ServerCallContext context) =>
        Task.FromResult(new GetEvaluationResponse { Evaluation = store.Get(Caller.Current.Tenant, Id(request.Name)) });

    public override Task<ListEvaluationsResponse> ListEvaluations(ListEvaluationsRequest request, ServerCallContext context)
    {
        if (request.PageSize is < 0 or > LargestPage)
            throw MeshException.Invalid("page_size", $"must be 0 to {LargestPage}");
        var size = request.PageSize == 0 ? DefaultPage : request.PageSize;
        var all = store.Of(Caller.Current.Tenant);
        var from = 0;
        if (request.PageToken.Length > 0 && (from = all.ToList().FindIndex(e => e.Name == request.PageToken)) < 0)
            throw MeshException.Invalid("page_token", "is not one that this service gave");
        return Task.FromResult(new ListEvaluationsResponse
        {
            Evaluations = { all.Skip(from).Take(size) },
            NextPageToken = from + size < all.Count ? all[from + size].Name : "",
        });
    }

    public override async Task WatchEvaluation(WatchEvaluationRequest request, IServerStreamWriter<WatchEvaluationResponse> responseStream, ServerCallContext context)
    {
        var (tenant, id) = (Caller.Current.Tenant, Id(request.Name));
        Evaluation? seen = null;
        for (var evaluation = store.Get(tenant, id); ; evaluation = store.Get(tenant, id))
        {
            if (!ReferenceEquals(evaluation, seen))
                await responseStream.WriteAsync(new WatchEvaluationResponse { Evaluation = seen = evaluation }, context.CancellationToken);
            if (EvaluationStore.HasEnded(evaluation))
                return;
            await Task.Delay(WatchEvery, clock, context.CancellationToken);
        }
    }

    public override Task<CancelEvaluationResponse> CancelEvaluation(CancelEvaluationRequest request, ServerCallContext context) =>
        Task.FromResult(new CancelEvaluationResponse { Evaluation = queue.Cancel(Caller.Current.Tenant, Id(request.Name)) });

    public override async Task ReadArtifact(ReadArtifactRequest request, IServerStreamWriter<ReadArtifactResponse> responseStream, ServerCallContext context)
    {
        var bytes = await File.ReadAllBytesAsync(Artifact(request.Name), context.CancellationToken);
        for (var offset = 0; offset < bytes.Length; offset += PartBytes)
        {
            var data = UnsafeByteOperations.UnsafeWrap(bytes.AsMemory(offset, Math.Min(PartBytes, bytes.Length - offset)));
            await responseStream.WriteAsync(new ReadArtifactResponse { Offset = offset, Data = data }, context.CancellationToken);
        }
    }

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListModelsResponse { Models = { models.All().Select(VisionModels.Describe) } });

    private string Artifact(string name)
    {
        var match = ArtifactName().Match(name);
        if (!match.Success)
            throw MeshException.Invalid("name", "must read evaluations/{id}/artifacts/{file}");
        var evaluation = store.Get(Caller.Current.Tenant, match.Groups[1].Value);
        return evaluation.Artifacts.Any(a => a.Name == name)
            ? store.ArtifactFile(match.Groups[1].Value, match.Groups[2].Value)
            : throw MeshException.NotFound(name);
    }

    private static string Id(string name) => EvaluationName().Match(name) is { Success: true } match
        ? match.Groups[1].Value
        : throw MeshException.Invalid("name", "must read evaluations/{id}");

    [GeneratedRegex(@"\Aevaluations/([0-9a-f]{32})\z")]
    private static partial Regex EvaluationName();

    [GeneratedRegex(@"\Aevaluations/([0-9a-f]{32})/artifacts/([a-z0-9-]+\.[a-z]+)\z")]
    private static partial Regex ArtifactName();
}
