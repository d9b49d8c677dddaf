using System.Text.Json;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Evaluator.Tasks.ZeroShot;

/// <summary>Prompts for a finding and against it; all prompts of one side have the same weight.</summary>
internal sealed record PromptPair(string Finding, IReadOnlyList<string> Positive, IReadOnlyList<string> Negative);

/// <summary>The prompts of a model by finding: its own (<c>prompts.json</c>), or a plain pair for other findings.</summary>
internal sealed class PromptPairSet
{
    private const string FileName = "prompts.json";
    private readonly Dictionary<string, PromptPair> _own;

    private PromptPairSet(Dictionary<string, PromptPair> own) => _own = own;

    /// <summary>No prompts, for tasks that do not use any.</summary>
    public static PromptPairSet Empty { get; } = new([]);

    /// <exception cref="MeshException">INVALID_FIELD: the model's prompts can't be read, or lack a side.</exception>
    public static PromptPairSet Open(ModelFolder model, string field)
    {
        var file = Path.Combine(model.Path, FileName);
        if (!File.Exists(file))
            return new PromptPairSet([]);
        try
        {
            var read = JsonSerializer.Deserialize<Dictionary<string, Sides>>(File.ReadAllBytes(file), JsonSerializerOptions.Web) ?? [];
            foreach (var (finding, sides) in read)
            {
                if (sides.Positive.Length == 0 || sides.Negative.Length == 0)
                    throw MeshException.Invalid(field,
                        $"{FileName}: finding '{EchoedText.Shorten(finding)}' needs at least one positive and one negative prompt");
            }

            return new PromptPairSet(read.ToDictionary(p => FindingSynonyms.Normalise(p.Key),
                p => new PromptPair(FindingSynonyms.Normalise(p.Key), p.Value.Positive, p.Value.Negative), StringComparer.Ordinal));
        }
        catch (JsonException error)
        {
            throw MeshException.Invalid(field, $"{FileName}: {PythonJson.DescribeError(error)}");
        }
    }

    public bool HasFinding(string finding) => _own.Keys.Any(k => FindingSynonyms.AreSame(k, finding));

    public PromptPair ForFinding(string finding) => _own.Values.FirstOrDefault(p => FindingSynonyms.AreSame(p.Finding, finding))
        ?? (FindingSynonyms.AreSame(finding, FindingSynonyms.Normal)
        ? new PromptPair(finding, ["No acute cardiopulmonary abnormality.", "The lungs are clear."],
            ["There is an acute cardiopulmonary abnormality.", "The lungs are not clear."])
        : new PromptPair(finding, [$"There is {finding}."], [$"There is no {finding}."]));

    private sealed record Sides(string[] Positive, string[] Negative);
}
