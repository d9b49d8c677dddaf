using SynCxr.Mesh.Radiographs.Layouts;

namespace SynCxr.Mesh.Evaluator.Tasks.ZeroShot;

/// <summary>The names that different data sets give to one finding.</summary>
internal static class FindingSynonyms
{
    public const string Normal = "normal";

    private static readonly string[][] _same =
    [
        [Normal, "no finding", "healthy"],
        ["effusion", "pleural effusion"],
        ["infiltration", "infiltrate"],
        ["bacterial pneumonia", "bacteria"],
        ["viral pneumonia", "virus"],
    ];

    public static string Normalise(string name) => LabelNormaliser.Normalise(name);

    public static bool AreSame(string a, string b) => a == b || _same.Any(s => s.Contains(a) && s.Contains(b));
}
