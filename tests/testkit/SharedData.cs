namespace SynCxr.Mesh.Testkit;

/// <summary>The real data beside the checkout: <c>../shared/data</c>.</summary>
public static class SharedData
{
    /// <summary>Finds a file or folder of the real data. Where it is absent the test is to print why and return; in CI that is a failure.</summary>
    /// <param name="name">Relative to <c>shared/data</c>.</param>
    /// <param name="path">Absolute.</param>
    public static bool TryFind(string name, out string path)
    {
        path = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "data", name));
        if (Path.Exists(path))
            return true;
#pragma warning disable RS0030 // a test has no options to bind
        var isCi = Environment.GetEnvironmentVariable("CI") == "true";
#pragma warning restore RS0030
        return isCi ? throw new DirectoryNotFoundException($"{path} is not there, and in CI it must be") : Absent(path);
    }

    private static bool Absent(string path)
    {
        Console.WriteLine($"not tested: {path} is not there");
        return false;
    }
}
