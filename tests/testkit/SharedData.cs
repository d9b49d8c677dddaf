namespace SynCxr.Mesh.Testkit;

/// <summary>The real data beside the checkout: <c>../shared/data</c>.</summary>
public static class SharedData
{
    /// <summary>
    /// Finds a file or folder of the real data. Where it is missing this prints so and the test should return; in CI it throws.
    /// </summary>
    /// <param name="name">Relative to <c>shared/data</c>.</param>
    /// <param name="path">Absolute.</param>
    public static bool TryFind(string name, out string path)
    {
        path = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "data", name));
        return Prerequisite.IsPresent(path, "it is real data, kept beside the checkout");
    }
}
