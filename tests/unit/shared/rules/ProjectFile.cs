using System.Xml.Linq;

namespace SynCxr.Mesh.Shared.Tests.Rules;

/// <summary>One project.</summary>
/// <param name="Path">Of the project file, relative to the checkout.</param>
/// <param name="RootNamespace">The namespace of the files beside it.</param>
/// <param name="Content">The project file.</param>
internal sealed record ProjectFile(string Path, string RootNamespace, XDocument Content)
{
    /// <summary>The folder of the project, relative to the checkout: by it projects are called here.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(Path)!.Replace('\\', '/');

    /// <summary>Folders of the projects that it references directly.</summary>
    public IReadOnlyList<ProjectReference> References => [.. Content.Descendants("ProjectReference").Select(r => new ProjectReference(
        System.IO.Path.GetDirectoryName(Resolve(r.Attribute("Include")!.Value))!.Replace('\\', '/'),
        (string?)r.Attribute("ReferenceOutputAssembly") != "false"))];

    public static ProjectFile Read(string path)
    {
        var content = XDocument.Load(RepositoryFiles.FullPath(path), LoadOptions.SetLineInfo);
        var name = content.Descendants("RootNamespace").FirstOrDefault()?.Value ?? System.IO.Path.GetFileNameWithoutExtension(path);
        return new ProjectFile(path, name, content);
    }

    /// <summary>A path of the project file as one relative to the checkout.</summary>
    public string Resolve(string path)
    {
        var root = RepositoryFiles.FullPath(".");
        var full = System.IO.Path.GetFullPath(System.IO.Path.Combine(RepositoryFiles.FullPath(Folder), path));
        return System.IO.Path.GetRelativePath(root, full).Replace('\\', '/');
    }
}

/// <summary>One project that another references.</summary>
/// <param name="Folder">Of the referenced project, relative to the checkout.</param>
/// <param name="IsLoaded">False for a program that is only built with it, to be started as a process.</param>
internal sealed record ProjectReference(string Folder, bool IsLoaded);
