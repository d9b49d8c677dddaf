using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Trainer.Recipes;
using SynCxr.Mesh.Trainer.Runs;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Trainer;

/// <summary>The RPCs: check the request, hand it to the queue, spell the answer.</summary>
internal sealed partial class TrainerService(TrainingQueue queue, RunStore runs, RecipeBook recipes, TimeProvider clock) : V1.TrainerService.TrainerServiceBase
{
    private const int DefaultPage = 50, LargestPage = 1000, LongestRequestId = 128;
    private const long MostSteps = 10_000_000;
    private static readonly TimeSpan WatchEvery = TimeSpan.FromMilliseconds(300);

    public override Task<CreateTrainingResponse> CreateTraining(CreateTrainingRequest request, ServerCallContext context)
    {
        if (request.RequestId.Length > LongestRequestId)
            throw MeshException.Invalid("request_id", $"must be at most {LongestRequestId} characters");
        var plan = Plan(request.Spec ?? throw MeshException.Invalid("spec", "is missing"));
        var run = request.ValidateOnly
            ? new TrainingRecord("", Caller.Current.Tenant, "", plan, RunState.Queued, clock.GetUtcNow())
            : queue.Enqueue(Caller.Current.Tenant, request.RequestId, plan);
        return Task.FromResult(new CreateTrainingResponse { Training = ToWire(run) });
    }

    public override Task<GetTrainingResponse> GetTraining(GetTrainingRequest request, ServerCallContext context) =>
        Task.FromResult(new GetTrainingResponse { Training = ToWire(runs.Get(Caller.Current.Tenant, Id(request.Name))) });

    public override Task<ListTrainingsResponse> ListTrainings(ListTrainingsRequest request, ServerCallContext context)
    {
        if (request.PageSize is < 0 or > LargestPage)
            throw MeshException.Invalid("page_size", $"must be 0 to {LargestPage}");
        var size = request.PageSize == 0 ? DefaultPage : request.PageSize;
        var all = runs.Of(Caller.Current.Tenant);
        var from = 0;
        if (request.PageToken.Length > 0 && (from = all.ToList().FindIndex(r => r.Id == request.PageToken)) < 0)
            throw MeshException.Invalid("page_token", "is not one that this service gave");
        return Task.FromResult(new ListTrainingsResponse
        {
            Trainings = { all.Skip(from).Take(size).Select(ToWire) },
            NextPageToken = from + size < all.Count ? all[from + size].Id : "",
        });
    }

    public override async Task WatchTraining(WatchTrainingRequest request, IServerStreamWriter<WatchTrainingResponse> responseStream, ServerCallContext context)
    {
        var (tenant, id) = (Caller.Current.Tenant, Id(request.Name));
        TrainingRecord? seen = null;
        for (var run = runs.Get(tenant, id); ; run = runs.Get(tenant, id))
        {
            if (!ReferenceEquals(run, seen))
                await responseStream.WriteAsync(new WatchTrainingResponse { Training = ToWire(seen = run) }, context.CancellationToken);
            if (run.HasEnded)
                return;
            await Task.Delay(WatchEvery, clock, context.CancellationToken);
        }
    }

    public override Task<CancelTrainingResponse> CancelTraining(CancelTrainingRequest request, ServerCallContext context) =>
        Task.FromResult(new CancelTrainingResponse { Training = ToWire(queue.Cancel(Caller.Current.Tenant, Id(request.Name))) });

    public override Task<ListRecipesResponse> ListRecipes(ListRecipesRequest request, ServerCallContext context) => Task.FromResult(new ListRecipesResponse
    {
        Recipes = { recipes.All.Select(r => new Recipe { Name = r.Name, Summary = r.Summary, Presets = { r.Presets } }) },
    });

    private TrainingPlan Plan(TrainingSpec spec)
    {
        var preset = spec.Preset.Length == 0 ? "tiny" : spec.Preset;
        SourceRules.Check(spec, recipes.Find(spec.Recipe, preset));
        if (!ModelName().IsMatch(spec.ModelName))
            throw MeshException.Invalid("spec.model_name", "must be 1 to 63 of a-z, 0-9 and '-'");
        if (spec.HasSteps && spec.Steps is < 1 or > MostSteps)
            throw MeshException.Invalid("spec.steps", $"must be 1 to {MostSteps}");
        return SourceRules.Fill(new TrainingPlan(spec.Recipe, preset, [.. spec.Data], spec.ModelName, spec.Seed, spec.HasSteps ? spec.Steps : null), spec);
    }

    private static string Id(string name) => RunName().Match(name) is { Success: true } match
        ? match.Groups[1].Value
        : throw MeshException.Invalid("name", "must read trainings/{id}");

    private static TrainingRun ToWire(TrainingRecord run)
    {
        var wire = new TrainingRun
        {
            Name = $"trainings/{run.Id}",
            Spec = new TrainingSpec { Recipe = run.Plan.Recipe, Preset = run.Plan.Preset, Data = { run.Plan.Data }, ModelName = run.Plan.ModelName, Seed = run.Plan.Seed },
            State = run.State switch
            {
                RunState.Queued => TrainingState.Queued,
                RunState.Running => TrainingState.Running,
                RunState.Succeeded => TrainingState.Succeeded,
                RunState.Failed => TrainingState.Failed,
                _ => TrainingState.Cancelled,
            },
            ModelFolder = run.ModelFolder,
            ModelDigest = run.ModelDigest,
            Error = run.Error,
            CreateTime = run.CreateTime.ToTimestamp(),
            EndTime = run.EndTime?.ToTimestamp(),
        };
        if (run.Plan.Steps is { } steps)
            wire.Spec.Steps = steps;
        SourceRules.Spell(run.Plan, wire.Spec);
        if (run.Progress is { } p)
        {
            wire.Progress = new TrainingProgress
            {
                Phase = p.Phase,
                Step = p.Step,
                Steps = p.Steps,
                Loss = p.Loss,
                LearningRate = p.LearningRate,
                SamplesPerSecond = p.SamplesPerSecond,
                EtaSeconds = p.SecondsLeft,
                SkippedSteps = p.Skipped,
            };
        }

        return wire;
    }

    [GeneratedRegex(@"\A[a-z0-9-]{1,63}\z")]
    private static partial Regex ModelName();

    [GeneratedRegex(@"\Atrainings/([0-9a-f]{32})\z")]
    private static partial Regex RunName();
}
