using System.Text.RegularExpressions;
using Grpc.Core;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Jobs;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Trainer.Recipes;
using SynCxr.Mesh.Trainer.Runs;
using SynCxr.Mesh.Trainer.Submission;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Trainer;

/// <summary>The RPCs: validate the request, call the submitter or the worker, map the answer.</summary>
internal sealed partial class TrainerService(TrainingSubmitter orders, TrainingWorker queue, TrainingFolders folders,
    RecipeRegistry recipes, DataPlaceResolver places, TimeProvider clock) : V1.TrainerService.TrainerServiceBase
{
    private const int DefaultPage = 50, LargestPage = 1000, LongestRequestId = 128, PointsPerPart = 1000;
    private static readonly TimeSpan _watchEvery = TimeSpan.FromMilliseconds(300);

    public override async Task<CreateTrainingResponse> CreateTraining(CreateTrainingRequest request, ServerCallContext context)
    {
        if (request.RequestId.Length > LongestRequestId)
            throw MeshException.Invalid("request_id", $"must be at most {LongestRequestId} characters");
        var spec = request.Spec ?? throw MeshException.Invalid("spec", "is missing");
        AnswerPage.ThrowIfTooLarge(spec, "spec");
        if (request.ValidateOnly)
            return new CreateTrainingResponse { Training = new TrainingRun { Spec = orders.Validate(spec), State = TrainingState.Queued } };
        return new CreateTrainingResponse
        {
            Training = Present(
                await orders.SubmitAsync(RequestContext.Current.Tenant, request.RequestId, spec, request.NewVersion,
                    context.CancellationToken), context),
        };
    }

    public override async Task<GetTrainingResponse> GetTraining(GetTrainingRequest request, ServerCallContext context) =>
        new()
        {
            Training = Present(
                await queue.GetAsync(RequestContext.Current.Tenant, Id(request.Name), context.CancellationToken), context),
        };

    public override async Task<ListTrainingsResponse> ListTrainings(ListTrainingsRequest request, ServerCallContext context)
    {
        if (request.PageSize is < 0 or > LargestPage)
            throw MeshException.Invalid("page_size", $"must be 0 to {LargestPage}");
        var size = request.PageSize == 0 ? DefaultPage : request.PageSize;
        var page = await queue.ListAsync(RequestContext.Current.Tenant, request.PageToken, size + 1, context.CancellationToken);
        if (request.PageToken.Length > 0 && (page.Count == 0 || page[0].Row.Id != request.PageToken))
            throw MeshException.Invalid("page_token", "is unknown: give a next_page_token that this service returned, or leave it empty");
        var trainings = page.Select(work => Present(work, context)).ToList();
        var fitting = AnswerPage.CountFitting(trainings, size);
        return new ListTrainingsResponse
        {
            Trainings = { trainings.Take(fitting) },
            NextPageToken = page.Count > fitting ? page[fitting].Row.Id : "",
        };
    }

    public override async Task WatchTraining(WatchTrainingRequest request, IServerStreamWriter<WatchTrainingResponse> responseStream,
        ServerCallContext context)
    {
        var tenant = RequestContext.Current.Tenant;
        var id = Id(request.Name);
        TrainingRun? seen = null;
        while (true)
        {
            var work = await queue.GetAsync(tenant, id, context.CancellationToken);
            var run = Present(work, context);
            if (!run.Equals(seen))
                await responseStream.WriteAsync(new WatchTrainingResponse { Training = seen = run }, context.CancellationToken);
            if (work.Row.HasEnded)
                return;
            await Task.Delay(_watchEvery, clock, context.CancellationToken);
        }
    }

    public override async Task ReadTrainingCurve(ReadTrainingCurveRequest request,
        IServerStreamWriter<ReadTrainingCurveResponse> responseStream, ServerCallContext context)
    {
        var work = await queue.GetAsync(RequestContext.Current.Tenant, Id(request.Name), context.CancellationToken);
        foreach (var part in TrainingCurveFile.ReadAll(
            folders.GetWorkFolder(work.Row.Tenant, TrainingPlanRules.ToPlan(TrainingSpec.Parser.ParseJson(work.Row.SpecJson))))
            .Chunk(PointsPerPart))
        {
            await responseStream.WriteAsync(new ReadTrainingCurveResponse { Points = { part.Select(TrainingMapping.ToProto) } },
                context.CancellationToken);
        }
    }

    public override async Task<CancelTrainingResponse> CancelTraining(CancelTrainingRequest request, ServerCallContext context) =>
        new()
        {
            Training = Present(
                await queue.CancelAsync(RequestContext.Current.Tenant, Id(request.Name), context.CancellationToken), context),
        };

    public override Task<ListRecipesResponse> ListRecipes(ListRecipesRequest request, ServerCallContext context) =>
        Task.FromResult(new ListRecipesResponse
        {
            Recipes = { recipes.All.Select(r => new Recipe { Name = r.Name, Summary = r.Summary, Presets = { r.Presets } }) },
            Data = places.ToProto(),
        });

    /// <summary>The run as the caller may see it: the place of its model only where that is the caller's business.</summary>
    private static TrainingRun Present(JobView<TrainingStatus> work, ServerCallContext context)
    {
        var run = TrainingMapping.ToProto(work);
        if (run.ModelFolder.Length > 0 && !RequestContext.MaySeePaths(context))
            run.ModelFolder = $"models/{run.Spec.ModelName}";
        return run;
    }

    private static string Id(string name) => RunName().Match(name) is { Success: true } match
        ? match.Groups[1].Value
        : throw MeshException.Invalid("name", "must have the form trainings/ID, where ID is 32 hexadecimal digits");

    [GeneratedRegex(@"\Atrainings/([0-9a-f]{32})\z")]
    private static partial Regex RunName();
}
