using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Evaluator.Data;

namespace SynCxr.Mesh.Evaluator.Tasks;

/// <summary>Checks that tasks share.</summary>
internal static class EvaluationSpecRules
{
    /// <exception cref="MeshException">INVALID_FIELD: it is out of range.</exception>
    public static int InRange(int value, int least, int most, string field) =>
        value >= least && value <= most ? value : throw MeshException.Invalid(field, $"is {value}; {least} to {most} is wanted");

    /// <exception cref="MeshException">INVALID_FIELD: there is no such file.</exception>
    public static string KnownPrompts(string name, string field)
    {
        if (name.Length == 0)
            return PromptFile.Names[0];
        return PromptFile.Names.Contains(name)
            ? name : throw MeshException.Invalid(field, $"'{name}' is none of {string.Join(", ", PromptFile.Names)}");
    }

    /// <exception cref="MeshException">INVALID_FIELD: it is empty.</exception>
    public static string Required(string name, string field) => name.Length > 0 ? name : throw MeshException.Invalid(field, "is missing");
}
