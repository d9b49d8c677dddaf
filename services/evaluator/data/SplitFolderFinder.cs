using System.Globalization;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Evaluator.Data;

/// <summary>Finds the folders <c>train</c> and <c>valid</c> that lie side by side in a folder or up to three levels below it.</summary>
internal static class SplitFolderFinder
{
    private const int Depth = 3;

    /// <param name="field">The request's list of folders.</param>
    /// <exception cref="MeshException">INVALID_FIELD: a folder is absent, or holds no such pair.</exception>
    public static IReadOnlyList<(string Train, string Valid)> Find(IReadOnlyList<string> folders, string field)
    {
        if (folders.Count == 0)
            throw MeshException.Invalid(field, "is empty");
        var found = new List<(string, string)>();
        for (var i = 0; i < folders.Count; i++)
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{field}[{i}]");
            CheckFolder(folders[i], at);
            var below = Below(Path.GetFullPath(folders[i]), Depth).ToList();
            if (below.Count == 0)
                throw MeshException.Invalid(at,
                    $"'{folders[i]}' needs folders 'train' and 'valid' side by side, in itself or up to {Depth} levels below");
            found.AddRange(below.Except(found));
        }

        return found;
    }

    /// <exception cref="MeshException">INVALID_FIELD: it is absent.</exception>
    public static void CheckFolder(string folder, string field)
    {
        if (!Directory.Exists(folder))
            throw MeshException.Invalid(field, $"folder '{folder}' does not exist on this machine");
    }

    private static IEnumerable<(string, string)> Below(string folder, int depth)
    {
        var train = Path.Combine(folder, "train");
        var valid = Path.Combine(folder, "valid");
        if (Directory.Exists(train) && Directory.Exists(valid))
            return [(train, valid)];
        return depth == 0 ? [] : Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).SelectMany(f => Below(f, depth - 1));
    }
}
