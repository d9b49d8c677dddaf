using System.Text.RegularExpressions;
using Google.Protobuf;
using Grpc.Core;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Evaluations;
using SynCxr.Mesh.Evaluator.Submission;
using SynCxr.Mesh.Evaluator.Tasks;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Evaluator.Vision;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Places;

namespace SynCxr.Mesh.Evaluator;

/// <summary>The RPCs: validate the request, call the submitter or the worker, map the answer.</summary>
internal sealed partial class EvaluatorService(
    EvaluationSubmitter orders, EvaluationWorker queue, EvaluationFolders folders, EvaluationTaskRegistry tasks,
    VisionModelCatalogue models, DataPlaceResolver places, TimeProvider clock)
    : V1.EvaluatorService.EvaluatorServiceBase
{
    private const int DefaultPage = 50, LargestPage = 1000, LongestRequestId = 128, PartBytes = 64 * 1024;
    private static readonly TimeSpan _watchEvery = TimeSpan.FromMilliseconds(300);

    public override async Task<CreateEvaluationResponse> CreateEvaluation(CreateEvaluationRequest request, ServerCallContext context)
    {
        if (request.RequestId.Length > LongestRequestId)
            throw MeshException.Invalid("request_id", $"must be at most {LongestRequestId} characters");
        AnswerPage.ThrowIfTooLarge(request.Spec, "spec");
        var spec = await tasks.FillAsync(request.Spec ?? throw MeshException.Invalid("spec", "is missing"), context.CancellationToken);
        if (request.ValidateOnly)
            return new CreateEvaluationResponse { Evaluation = new Evaluation { Spec = spec, State = EvaluationState.Queued } };
        return new CreateEvaluationResponse
        {
            Evaluation = EvaluationMapping.ToProto(
                await orders.SubmitAsync(RequestContext.Current.Tenant, request.RequestId, spec, context.CancellationToken)),
        };
    }

    public override async Task<GetEvaluationResponse> GetEvaluation(GetEvaluationRequest request, ServerCallContext context) =>
        new()
        {
            Evaluation = EvaluationMapping.ToProto(
                await queue.GetAsync(RequestContext.Current.Tenant, Id(request.Name), context.CancellationToken)),
        };

    public override async Task<ListEvaluationsResponse> ListEvaluations(ListEvaluationsRequest request, ServerCallContext context)
    {
        if (request.PageSize is < 0 or > LargestPage)
            throw MeshException.Invalid("page_size", $"must be 0 to {LargestPage}");
        var size = request.PageSize == 0 ? DefaultPage : request.PageSize;
        var page = await queue.ListAsync(RequestContext.Current.Tenant, request.PageToken, size + 1, context.CancellationToken);
        if (request.PageToken.Length > 0 && (page.Count == 0 || page[0].Row.Id != request.PageToken))
            throw MeshException.Invalid("page_token", "is unknown: give a next_page_token that this service returned, or leave it empty");
        var evaluations = page.Select(EvaluationMapping.ToProto).ToList();
        var fitting = AnswerPage.CountFitting(evaluations, size);
        return new ListEvaluationsResponse
        {
            Evaluations = { evaluations.Take(fitting) },
            NextPageToken = page.Count > fitting ? page[fitting].Row.Id : "",
        };
    }

    public override async Task WatchEvaluation(WatchEvaluationRequest request, IServerStreamWriter<WatchEvaluationResponse> responseStream,
        ServerCallContext context)
    {
        var tenant = RequestContext.Current.Tenant;
        var id = Id(request.Name);
        Evaluation? seen = null;
        while (true)
        {
            var work = await queue.GetAsync(tenant, id, context.CancellationToken);
            var evaluation = EvaluationMapping.ToProto(work);
            if (!evaluation.Equals(seen))
                await responseStream.WriteAsync(new WatchEvaluationResponse { Evaluation = seen = evaluation }, context.CancellationToken);
            if (work.Row.HasEnded)
                return;
            await Task.Delay(_watchEvery, clock, context.CancellationToken);
        }
    }

    public override async Task<CancelEvaluationResponse> CancelEvaluation(CancelEvaluationRequest request, ServerCallContext context) =>
        new()
        {
            Evaluation = EvaluationMapping.ToProto(
                await queue.CancelAsync(RequestContext.Current.Tenant, Id(request.Name), context.CancellationToken)),
        };

    public override async Task ReadArtifact(ReadArtifactRequest request, IServerStreamWriter<ReadArtifactResponse> responseStream,
        ServerCallContext context)
    {
        var bytes = await File.ReadAllBytesAsync(await ArtifactAsync(request.Name, context.CancellationToken), context.CancellationToken);
        for (var offset = 0; offset < bytes.Length; offset += PartBytes)
        {
            var data = UnsafeByteOperations.UnsafeWrap(bytes.AsMemory(offset, Math.Min(PartBytes, bytes.Length - offset)));
            await responseStream.WriteAsync(new ReadArtifactResponse { Offset = offset, Data = data }, context.CancellationToken);
        }
    }

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListModelsResponse
        {
            Models = { models.All().Select(VisionModelCatalogue.ToDescription) },
            Data = places.ToProto(),
        });

    private async Task<string> ArtifactAsync(string name, CancellationToken cancellation)
    {
        var match = ArtifactName().Match(name);
        if (!match.Success)
            throw MeshException.Invalid("name", "must have the form evaluations/{id}/artifacts/{file}");
        var tenant = RequestContext.Current.Tenant;
        var evaluation = await queue.GetAsync(tenant, match.Groups[1].Value, cancellation);
        return evaluation.Status.Artifacts.Any(a => a.Name == name)
            ? folders.FindArtifact(tenant, match.Groups[1].Value, match.Groups[2].Value)
            : throw MeshException.NotFound(name);
    }

    private static string Id(string name) => EvaluationName().Match(name) is { Success: true } match
        ? match.Groups[1].Value
        : throw MeshException.Invalid("name", "must have the form evaluations/ID, where ID is 32 hexadecimal digits");

    [GeneratedRegex(@"\Aevaluations/([0-9a-f]{32})\z")]
    private static partial Regex EvaluationName();

    [GeneratedRegex(@"\Aevaluations/([0-9a-f]{32})/artifacts/([a-z0-9-]+\.[a-z]+)\z")]
    private static partial Regex ArtifactName();
}
