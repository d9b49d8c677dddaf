namespace SynCxr.Mesh.Testkit;

/// <summary>Where the checkout is.</summary>
public static class Repository
{
    /// <summary>The folder that holds Directory.Packages.props, found by walking up from the test's output.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"no checkout above {AppContext.BaseDirectory}");
    }
}
