using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Storage.Json;
using SynCxr.Mesh.Trainer.Recipes;

namespace SynCxr.Mesh.Trainer.Runs;

/// <summary>Every run, in memory and as one JSON file each. Progress is in memory only; a change of state is on disk before it is seen.</summary>
internal sealed class RunStore
{
    // NaN: a loss before the first step.
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };
    private readonly ConcurrentDictionary<string, TrainingRecord> _runs = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly string _root;
    private readonly TimeProvider _clock;

    public RunStore(IOptions<TrainerOptions> options, TimeProvider clock)
    {
        (_root, _clock) = (Path.GetFullPath(options.Value.StateFolder), clock);
        Directory.CreateDirectory(Path.Combine(_root, "trainings"));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_root, "trainings"), "*.json"))
        {
            var run = JsonSerializer.Deserialize<TrainingRecord>(File.ReadAllText(file), Json) ?? throw new InvalidDataException($"{file}: is empty");
            _runs[run.Id] = run;
        }
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<TrainingRecord> Of(string tenant) =>
        [.. _runs.Values.Where(r => r.Tenant == tenant).OrderByDescending(r => r.CreateTime).ThenByDescending(r => r.Id, StringComparer.Ordinal)];

    /// <summary>Those that a stopped process left unfinished, oldest first.</summary>
    public IReadOnlyList<TrainingRecord> Unfinished => [.. _runs.Values.Where(r => !r.HasEnded).OrderBy(r => r.CreateTime).ThenBy(r => r.Id, StringComparer.Ordinal)];

    /// <exception cref="MeshException">There is none of that id for the tenant.</exception>
    public TrainingRecord Get(string tenant, string id) => _runs.TryGetValue(id, out var run) && run.Tenant == tenant
        ? run
        : throw MeshException.NotFound($"trainings/{id}");

    /// <summary>The run that a request id made, or null.</summary>
    /// <exception cref="MeshException">The id was used with another plan.</exception>
    public TrainingRecord? Made(string tenant, string requestId, TrainingPlan plan)
    {
        if (requestId.Length == 0 || _runs.Values.FirstOrDefault(r => r.Tenant == tenant && r.RequestId == requestId) is not { } run)
            return null;
        return run.PlanText == JsonSerializer.Serialize(plan)
            ? run
            : throw new MeshException(Reasons.RequestIdReused, $"request_id: '{requestId}' was used with another body", [new FieldProblem("request_id", "was used with another body")]);
    }

    public TrainingRecord Add(string tenant, string requestId, TrainingPlan plan)
    {
        var run = new TrainingRecord(Guid.CreateVersion7(_clock.GetUtcNow()).ToString("n"), tenant, requestId, plan, RunState.Queued, _clock.GetUtcNow());
        return Change(run.Id, _ => run);
    }

    /// <summary>Replaces a run by what <paramref name="change"/> makes of it.</summary>
    public TrainingRecord Change(string id, Func<TrainingRecord?, TrainingRecord> change)
    {
        lock (_gate)
        {
            var before = _runs.GetValueOrDefault(id);
            var run = change(before);
            if (before?.State != run.State)
                Write(run);
            return _runs[id] = run;
        }
    }

    /// <summary>Checkpoints of a plan.</summary>
    public string WorkFolder(TrainingRecord run) => Path.Combine(_root, "training-work", run.Tenant, Digests.Sha256Hex(run.PlanText)[..24]);

    public string ModelFolder(TrainingRecord run) => Path.Combine(_root, "models", run.Tenant, run.Plan.ModelName);

    private void Write(TrainingRecord run)
    {
        var path = Path.Combine(_root, "trainings", run.Id + ".json");
        File.WriteAllText(path + ".partial", JsonSerializer.Serialize(run, Json));
        File.Move(path + ".partial", path, overwrite: true);
    }
}
