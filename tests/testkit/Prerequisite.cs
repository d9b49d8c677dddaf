namespace SynCxr.Mesh.Testkit;

/// <summary>
/// Something that a test needs and a machine may lack. Where it is missing the test prints so and passes; in CI it fails.
/// </summary>
public static class Prerequisite
{
    /// <param name="path">A file or folder.</param>
    /// <param name="how">The command that installs it.</param>
    public static bool IsPresent(string path, string how)
    {
        if (Path.Exists(path))
            return true;
#pragma warning disable RS0030 // tests have no options class
        var isCi = Environment.GetEnvironmentVariable("CI") == "true";
#pragma warning restore RS0030
        var problem = $"{path} does not exist. To install it: {how}";
        if (isCi)
            throw new FileNotFoundException(problem);
        Console.WriteLine($"not tested: {problem}");
        return false;
    }

    /// <summary>The same for a program on PATH.</summary>
    public static bool IsOnPath(string program, string how)
    {
#pragma warning disable RS0030
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
#pragma warning restore RS0030
        return IsPresent(folders.Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists) ?? program, how);
    }
}
