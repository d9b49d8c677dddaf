using System.Globalization;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Places;
using SynCxr.Mesh.Radiographs;

namespace SynCxr.Mesh.Evaluator.Data;

/// <summary>Finds the folders <c>train</c> and <c>valid</c> that lie side by side in a folder or up to three levels below it.</summary>
internal static class SplitFolderFinder
{
    private const int Depth = 3;

    /// <param name="field">The request's list of folders.</param>
    /// <exception cref="MeshException">INVALID_FIELD: a folder is absent, or holds no such pair.</exception>
    public static IReadOnlyList<(string Train, string Valid)> Find(IReadOnlyList<DataPlace> folders, string field)
    {
        if (folders.Count == 0)
            throw MeshException.Invalid(field, "is empty");
        var found = new List<(string, string)>();
        for (var i = 0; i < folders.Count; i++)
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{field}[{i}]");
            var boundary = folders[i].RequireFolder(at).Boundary;
            var below = Below(folders[i].Path, Depth, boundary).ToList();
            if (below.Count == 0)
                throw MeshException.Invalid(at,
                    $"'{boundary.Describe(folders[i].Path)}' needs folders 'train' and 'valid' side by side, in itself or up to {Depth} "
                        + "levels below");
            found.AddRange(below.Except(found));
        }

        return found;
    }

    /// <summary>Folders that lie outside of the boundary are as if they did not exist.</summary>
    private static IEnumerable<(string, string)> Below(string folder, int depth, DataBoundary boundary)
    {
        var train = Path.Combine(folder, "train");
        var valid = Path.Combine(folder, "valid");
        if (Exists(train, boundary) && Exists(valid, boundary))
            return [(train, valid)];
        return depth == 0 ? []
            : Directory.EnumerateDirectories(folder).Where(boundary.Allows).Order(StringComparer.Ordinal)
                .SelectMany(f => Below(f, depth - 1, boundary));
    }

    private static bool Exists(string folder, DataBoundary boundary) => boundary.Allows(folder) && Directory.Exists(folder);
}
