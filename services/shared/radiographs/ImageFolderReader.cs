using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Radiographs;

/// <summary>
/// Reads folders of PNG and JPEG radiographs. Labels come from what the folder is: Kermany's class folders, NIH's label table
/// (joined by file name), or a <c>captions.tsv</c> (path, caption) for any other image–text set.
/// </summary>
public static partial class ImageFolderReader
{
    private static readonly string[] _kermanyLabels = ["normal", "bacterial_pneumonia", "viral_pneumonia"];
    private const string NihTable = "Data_Entry_2017_v2020.csv.gz";

    /// <inheritdoc cref="Read(IReadOnlyList{string}, int, DataBoundary, string, CancellationToken, ImageFolderSettings, bool)"/>
    public static ImageSet Read(IReadOnlyList<string> folders, int side, CancellationToken cancellation = default) =>
        Read(folders, side, DataBoundary.Open, "spec.data", cancellation);

    /// <summary>Checks a folder by its file names alone.</summary>
    /// <param name="boundary">What may be read.</param>
    /// <param name="field">The request's field that names the folder.</param>
    /// <exception cref="MeshException">No folder, no image in it, or no labels where its names ask for some.</exception>
    public static void Check(string folder, DataBoundary boundary, string field) =>
        Labels(folder, Files(folder, boundary, field), boundary, field);

    /// <summary>Reads every folder, each file once, in ordinal order of its path.</summary>
    /// <param name="boundary">What may be read.</param>
    /// <param name="list">The request's field that lists the folders.</param>
    /// <param name="settings">What is done with bad files and duplicates, of the message that has the list; null where it has no such
    /// settings.</param>
    /// <param name="padded">True to put an image into a black square with its proportions kept; false to stretch it to the square.</param>
    /// <exception cref="MeshException">Names the field, as <c>spec.data[i]</c>, and the file that can't be read.</exception>
    public static ImageSet Read(IReadOnlyList<string> folders, int side, DataBoundary boundary, string list,
        CancellationToken cancellation, ImageFolderSettings? settings = null, bool padded = false)
    {
        var images = new List<TrainingImage>();
        var pixels = new List<byte[]>();
        var notes = new List<string>();
        for (var i = 0; i < folders.Count; i++)
        {
            var field = string.Create(CultureInfo.InvariantCulture, $"{list}[{i}]");
            var files = Files(folders[i], boundary, field);
            var captions = Captions(folders[i], boundary, field);
            var nih = Labels(folders[i], files, boundary, field);
            files = WithoutDuplicates(folders[i], files, nih, boundary, field, settings, list, notes, cancellation);
            var (read, skipped) = BadFileRule.LoadAll(files, boundary.Describe, file => Load(file, side, padded, boundary, field),
                settings?.BadFiles, field, settings is null ? null : SettingField(list, "bad_files"), cancellation);
            notes.AddRange(skipped);
            foreach (var (file, native, shrunk) in read)
            {
                images.Add(Describe(folders[i], file, native, captions, nih));
                pixels.Add(shrunk);
            }
        }

        return new ImageSet(side, images, [.. pixels.SelectMany(p => p)]) { Notes = notes };
    }

    private static LoadedImage Load(string file, int side, bool padded, DataBoundary boundary, string field)
    {
        var image = ImageFiles.Decode(file, boundary, default, $"{field}: {boundary.Describe(file)}");
        var square = padded ? ImageResizer.ResizeIntoSquare(image, side) : ImageResizer.Resize(image, side, side);
        return new LoadedImage(file, Math.Max(image.Width, image.Height), square.Pixels);
    }

    /// <summary>Of images in two of the classes that a folder names, only the first where they are to be merged.</summary>
    private static string[] WithoutDuplicates(string folder, string[] files, Dictionary<string, string[]>? nih, DataBoundary boundary,
        string field, ImageFolderSettings? settings, string list, List<string> notes, CancellationToken cancellation)
    {
        var classed = files.Select(f => (File: f, Image: Describe(folder, f, 0, [], nih))).Where(f => f.Image.Labels.Count > 0)
            .Select(f => new ClassedFile(f.Image.Id, f.File, DuplicateImages.Class(f.Image.Labels))).ToList();
        var (groups, merged) = DuplicateImages.Find(classed, boundary, settings?.Duplicates, field,
            settings is null ? null : SettingField(list, "duplicates"), cancellation);
        notes.AddRange(merged);
        return [.. files.Except(groups.SelectMany(g => g.Skip(1)).Select(f => f.Path))];
    }

    /// <summary>The field beside the list: <c>spec.bad_files</c> beside <c>spec.data</c>.</summary>
    private static string SettingField(string list, string name) => list[..(list.LastIndexOf('.') + 1)] + name;

    private sealed record LoadedImage(string File, int Native, byte[] Pixels);

    private static Dictionary<string, string[]>? Labels(string folder, string[] files, DataBoundary boundary, string field) =>
        files.Any(f => NihName().IsMatch(Path.GetFileName(f))) ? NihLabels(folder, boundary, field) : null;

    private static string[] Files(string folder, DataBoundary boundary, string field)
    {
        if (!DataFiles.FolderExists(folder, boundary))
            throw MeshException.Invalid(field, $"folder '{boundary.Describe(folder)}' does not exist on the machine that reads it");
        var files = DataFiles.FindBelow(folder, boundary, field)
            .Where(f => Path.GetExtension(f).ToLowerInvariant() is ".png" or ".jpg" or ".jpeg").ToArray();
        return files.Length > 0 ? files : throw MeshException.Invalid(field,
            $"folder '{boundary.Describe(folder)}' has no PNG or JPEG file, at any depth");
    }

    private static TrainingImage Describe(
        string folder, string file, int native, Dictionary<string, string> captions, Dictionary<string, string[]>? nih)
    {
        var relative = Path.GetRelativePath(folder, file).Replace('\\', '/');
        var id = $"{Path.GetFileName(Path.GetFullPath(folder).TrimEnd('/'))}/{relative}";
        captions.TryGetValue(relative, out var caption);
        var parent = Path.GetFileName(Path.GetDirectoryName(file)!);
        if (nih is not null && nih.TryGetValue(Path.GetFileName(file), out var labels))
            return new TrainingImage(id, "nih", native, labels, caption);
        return _kermanyLabels.Contains(parent)
            ? new TrainingImage(id, "kermany", native, [parent], caption)
            : new TrainingImage(id, parent, native, [], caption);
    }

    private static Dictionary<string, string> Captions(string folder, DataBoundary boundary, string field)
    {
        var table = Path.Combine(folder, "captions.tsv");
        return DataFiles.Exists(table, boundary)
            ? ReadCaptions(table, boundary, $"{field}: {boundary.Describe(table)}") : [];
    }

    private static Dictionary<string, string> ReadCaptions(string table, DataBoundary boundary, string field)
    {
        var captions = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (index, line) in boundary.ReadLines(table, field).Index())
        {
            if (line.Split('\t', 2) is [var path, var caption] && !captions.TryAdd(path, caption))
                throw MeshException.Invalid(field, $"line {index + 1} names an image that a line before it names; each needs one line");
        }

        return captions;
    }

    /// <summary>File name → labels, from the table that lies in <c>nih-cxr14-labels</c> beside the folder or one of its parents.</summary>
    private static Dictionary<string, string[]> NihLabels(string folder, DataBoundary boundary, string field)
    {
        for (var at = new DirectoryInfo(Path.GetFullPath(folder)); at is not null; at = at.Parent)
        {
            var table = Path.Combine(at.FullName, "nih-cxr14-labels", NihTable);
            if (!DataFiles.Exists(table, boundary))
                continue;
            using var text = new StreamReader(new GZipStream(boundary.OpenRead(table, field), CompressionMode.Decompress));
            var labels = new Dictionary<string, string[]>(StringComparer.Ordinal);
            text.ReadLine(); // Image Index, Finding Labels, ...
            for (var number = 2; text.ReadLine() is { } line; number++)
            {
                if (line.Split(',', 3) is not [var image, var found, ..])
                    throw MeshException.Invalid($"{field}: {boundary.Describe(table)}", $"line {number} must have at least two columns");
                labels[image] = found.Split('|');
            }

            return labels;
        }

        throw MeshException.Invalid(field,
            $"'{boundary.Describe(folder)}' holds NIH images; their labels, nih-cxr14-labels/{NihTable}, were not found in it or above "
                + "it");
    }

    [GeneratedRegex(@"\A\d{8}_\d{3}\.png\z")]
    private static partial Regex NihName();
}
