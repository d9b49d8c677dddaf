namespace SynCxr.Mesh.Report.LlamaSharp;

/// <summary>Where the GGUF file of a setting is: a path, or the folder of a model that <c>model add</c> took.</summary>
internal static class LlamaModelFile
{
    /// <summary>Name of the file in a model folder.</summary>
    public const string FileName = "model.gguf";

    /// <summary>The file that a setting names.</summary>
    /// <param name="model">A path to a file or to a folder that <c>model add</c> made, or the name of such a folder below
    /// <paramref name="root"/>.</param>
    /// <param name="root"><c>Report:TextModels:Root</c>; empty for none.</param>
    public static string Resolve(string model, string root)
    {
        if (model.Length == 0)
            return model;
        if (File.Exists(Path.Combine(model, FileName)))
            return Path.Combine(model, FileName);
        if (root.Length == 0 || model != Path.GetFileName(model))
            return model;
        var added = Path.Combine(AppContext.BaseDirectory, root, model, FileName);
        return File.Exists(added) ? added : model;
    }

    /// <summary>The model's name: its folder's if it was added, else the file's.</summary>
    public static string NameOf(string file) => Path.GetFileName(file) == FileName
        ? Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file)))! : Path.GetFileNameWithoutExtension(file);
}
