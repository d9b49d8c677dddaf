namespace SynCxr.Mesh.Onnx;

/// <summary>Finds the graph of a model with one network, where the field's exporters leave it.</summary>
public static class GraphFileFinder
{
    private const string GraphFile = "model.onnx", GraphFolder = "onnx";

    /// <summary><c>model.onnx</c> of a folder, else <c>onnx/model.onnx</c>; null where it has neither.</summary>
    public static string? Find(string folder) =>
        new[] { Path.Combine(folder, GraphFile), Path.Combine(folder, GraphFolder, GraphFile) }.FirstOrDefault(File.Exists);

    /// <exception cref="InvalidDataException">The folder has neither.</exception>
    public static string Require(string folder) => Find(folder)
        ?? throw new InvalidDataException($"{Path.Combine(folder, GraphFile)}: is missing, and so is {GraphFolder}/{GraphFile}");

    /// <summary>True for the graph and for weights that lie beside it.</summary>
    /// <param name="file">Path relative to the folder.</param>
    public static bool IsPart(string file) => (Path.GetDirectoryName(file) ?? "") is "" or GraphFolder
        && Path.GetFileName(file).StartsWith(GraphFile, StringComparison.Ordinal);
}
