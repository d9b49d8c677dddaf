using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Data;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>Checks of spec fields that several tasks use.</summary>
internal static class EvaluationSpecRules
{
    /// <exception cref="MeshException">INVALID_FIELD: the value is out of range.</exception>
    public static int InRange(int value, int least, int most, string field) =>
        value >= least && value <= most ? value : throw MeshException.Invalid(field, $"is {value}; it must be {least} to {most}");

    /// <exception cref="MeshException">INVALID_FIELD: there are no prompts of that name.</exception>
    public static string KnownPrompts(string name, string field)
    {
        if (name.Length == 0)
            return PromptFile.Names[0];
        return PromptFile.Names.Contains(name)
            ? name : throw MeshException.Invalid(field,
                $"there are no prompts '{EchoedText.Shorten(name)}'; choose one of {string.Join(", ", PromptFile.Names)}");
    }

    /// <exception cref="MeshException">INVALID_FIELD: the name is empty.</exception>
    public static string Required(string name, string field) => name.Length > 0 ? name : throw MeshException.Invalid(field, "is missing");
}
