using System.Collections.Concurrent;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.V1;

namespace SynCxr.Mesh.Evaluator.Evaluations;

/// <summary>
/// Every evaluation, in memory and as one JSON file each (<c>evaluations/{id}.json</c>: owner, request id, the resource), its files in
/// <c>evaluations/{id}/</c>. A resource that was handed out never changes: a change makes a new one. Progress and figures under way are
/// in memory only; a change of state is on disk before it is seen.
/// </summary>
internal sealed class EvaluationStore
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly string _root;
    private readonly TimeProvider _clock;

    public EvaluationStore(IOptions<EvaluatorOptions> options, TimeProvider clock)
    {
        (_root, _clock) = (Path.Combine(Path.GetFullPath(options.Value.StateFolder), "evaluations"), clock);
        Directory.CreateDirectory(_root);
        foreach (var file in Directory.EnumerateFiles(_root, "*.json"))
        {
            var row = JsonSerializer.Deserialize<Row>(File.ReadAllText(file)) ?? throw new InvalidDataException($"{file}: is empty");
            _entries[Path.GetFileNameWithoutExtension(file)] = new Entry(row.Tenant, row.RequestId, Evaluation.Parser.ParseJson(row.Evaluation));
        }
    }

    public static bool HasEnded(Evaluation evaluation) => evaluation.State is EvaluationState.Succeeded or EvaluationState.Failed or EvaluationState.Cancelled;

    /// <summary>Newest first.</summary>
    public IReadOnlyList<Evaluation> Of(string tenant) =>
        [.. _entries.Where(e => e.Value.Tenant == tenant).OrderByDescending(e => e.Key, StringComparer.Ordinal).Select(e => e.Value.Evaluation)];

    /// <summary>Ids of those that a stopped process left unfinished, oldest first.</summary>
    public IReadOnlyList<string> Unfinished =>
        [.. _entries.Where(e => !HasEnded(e.Value.Evaluation)).Select(e => e.Key).Order(StringComparer.Ordinal)];

    public string TenantOf(string id) => _entries[id].Tenant;

    /// <exception cref="MeshException">There is none of that id for the tenant.</exception>
    public Evaluation Get(string tenant, string id) => _entries.TryGetValue(id, out var entry) && entry.Tenant == tenant
        ? entry.Evaluation
        : throw MeshException.NotFound($"evaluations/{id}");

    /// <summary>The evaluation that a request id made, or null.</summary>
    /// <exception cref="MeshException">The id was used with another spec.</exception>
    public Evaluation? Made(string tenant, string requestId, EvaluationSpec spec)
    {
        if (requestId.Length == 0 || _entries.Values.FirstOrDefault(e => e.Tenant == tenant && e.RequestId == requestId) is not { } entry)
            return null;
        return entry.Evaluation.Spec.Equals(spec)
            ? entry.Evaluation
            : throw new MeshException(Reasons.RequestIdReused, $"request_id: '{requestId}' was used with another body", [new FieldProblem("request_id", "was used with another body")]);
    }

    public (string Id, Evaluation Evaluation) Add(string tenant, string requestId, EvaluationSpec spec)
    {
        var id = Guid.CreateVersion7(_clock.GetUtcNow()).ToString("n"); // ids rise with time
        var evaluation = new Evaluation { Name = $"evaluations/{id}", Spec = spec, State = EvaluationState.Queued, CreateTime = _clock.GetUtcNow().ToTimestamp() };
        lock (_gate)
        {
            var entry = new Entry(tenant, requestId, evaluation);
            Write(id, entry);
            _entries[id] = entry;
            return (id, evaluation);
        }
    }

    /// <summary>Replaces an evaluation by a changed copy.</summary>
    public Evaluation Change(string id, Action<Evaluation> change)
    {
        lock (_gate)
        {
            var entry = _entries[id];
            var changed = entry.Evaluation.Clone();
            change(changed);
            var next = entry with { Evaluation = changed };
            if (changed.State != entry.Evaluation.State)
                Write(id, next);
            _entries[id] = next;
            return changed;
        }
    }

    public string ArtifactFile(string id, string file) => Path.Combine(_root, id, file);

    private void Write(string id, Entry entry)
    {
        var path = Path.Combine(_root, id + ".json");
        File.WriteAllText(path + ".partial", JsonSerializer.Serialize(new Row(entry.Tenant, entry.RequestId, JsonFormatter.Default.Format(entry.Evaluation))));
        File.Move(path + ".partial", path, overwrite: true);
    }

    private sealed record Entry(string Tenant, string RequestId, Evaluation Evaluation);

    private sealed record Row(string Tenant, string RequestId, string Evaluation);
}
