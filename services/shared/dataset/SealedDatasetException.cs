namespace SynCxr.Mesh.SealedDatasets;

/// <summary>A file of a sealed data set that is not as it was sealed.</summary>
/// <param name="Path">In the data set's folder, with <c>/</c>; a folder ends in one.</param>
/// <param name="Problem">What is wrong with it, as the end of a sentence that begins with the path: "is missing".</param>
public sealed record SealedFileProblem(string Path, string Problem)
{
    internal const string IsLink = "is a symbolic link, where a sealed data set has the file itself";

    public override string ToString() => $"{Path} {Problem}";
}

/// <summary>A folder or bucket prefix does not hold a data set as it was sealed.</summary>
public sealed class SealedDatasetException : Exception
{
    public SealedDatasetException(string folder, SealedFileProblem problem, Exception? inner = null)
        : base($"'{folder}' does not hold a data set as it was sealed: {problem}.", inner) => Problem = problem;

    private SealedDatasetException(string message, SealedFileProblem problem)
        : base(message) => Problem = problem;

    /// <summary>The first file that is wrong.</summary>
    public SealedFileProblem Problem { get; }

    /// <summary>The error for a folder or bucket prefix without a manifest.</summary>
    internal static SealedDatasetException NotSealed(string folder)
    {
        var problem = new SealedFileProblem(DatasetManifest.FileName, "is missing");
        return new SealedDatasetException($"'{folder}' is not a sealed data set: {problem}.", problem);
    }
}
