using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Cli.Commands.Dataset;

/// <summary>Reads the studies that an argument of a command names.</summary>
internal static class StudyArgumentReader
{
    /// <param name="argument">A folder, sealed or of pictures; or <c>LAYOUT=FOLDER</c> for a public set, whose patients are then
    /// known.</param>
    /// <param name="name">Of the argument, for messages.</param>
    /// <param name="views">One of <see cref="ViewNames"/>.</param>
    /// <exception cref="MeshException">INVALID_FIELD: no such layout or folder, or one that the layout can't read.</exception>
    public static StudySet Read(string argument, string name, string views, CancellationToken cancellation)
    {
        var layout = DataLayouts.Names.FirstOrDefault(l => argument.StartsWith(l + "=", StringComparison.Ordinal));
        var folder = Path.GetFullPath(layout is null ? argument : argument[(layout.Length + 1)..]);
        if (layout is null && !Directory.Exists(folder) && argument.IndexOf('=', StringComparison.Ordinal) is > 0 and var end
            && !argument[..end].Contains('/'))
            throw MeshException.Invalid(name, $"there is no layout '{EchoedText.Shorten(argument[..end])}', and no folder "
                + $"'{EchoedText.Shorten(argument)}'; layouts are {string.Join(", ", DataLayouts.Names)}");
        layout ??= DatasetManifest.IsIn(folder) ? DataLayoutNames.SealedDataset : null;
        if (layout is null)
            return new StudySet(PictureFolder.Read(new RadiographSource(DataLayoutNames.Folders, folder), name, cancellation), []);
        var source = new RadiographSource(layout, folder) { BadFiles = BadFilePolicyNames.Skip, Views = views };
        return DataLayouts.Read(source, name, cancellation);
    }
}
