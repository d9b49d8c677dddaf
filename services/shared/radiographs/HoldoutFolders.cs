namespace SynCxr.Mesh.Radiographs;

/// <summary>Finds held-out images: the folder <c>valid</c> beside a folder <c>train</c>.</summary>
public static class HoldoutFolders
{
    /// <param name="boundary">What may be read; a folder outside of it is as if it did not exist.</param>
    public static IReadOnlyList<string> FindBeside(IReadOnlyList<string> training, DataBoundary boundary) =>
    [
        .. training.Select(f => new DirectoryInfo(Path.GetFullPath(f).TrimEnd('/'))).Where(d => d.Name == "train" && d.Parent is not null)
            .Select(d => Path.Combine(d.Parent!.FullName, "valid")).Where(f => DataFiles.FolderExists(f, boundary)),
    ];
}
