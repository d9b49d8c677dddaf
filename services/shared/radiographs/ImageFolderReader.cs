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

    /// <inheritdoc cref="Read(IReadOnlyList{string}, int, string, CancellationToken)"/>
    public static ImageSet Read(IReadOnlyList<string> folders, int side, CancellationToken cancellation = default) =>
        Read(folders, side, "spec.data", cancellation);

    /// <summary>
    /// Checks a folder by its file names alone, as <see cref="Read(IReadOnlyList{string}, int, string, CancellationToken)"/> would.
    /// </summary>
    /// <param name="field">The request's field that names the folder.</param>
    /// <exception cref="MeshException">No folder, no image in it, or no labels where its names ask for some.</exception>
    public static void Check(string folder, string field) => Labels(folder, Files(folder, field), field);

    /// <summary>Reads every folder, each file once, in ordinal order of its path.</summary>
    /// <param name="list">The request's field that lists the folders.</param>
    /// <exception cref="MeshException">Names the field, as <c>spec.data[i]</c>, and the file that can't be read.</exception>
    public static ImageSet Read(IReadOnlyList<string> folders, int side, string list, CancellationToken cancellation)
    {
        var images = new List<TrainingImage>();
        var pixels = new List<byte[]>();
        for (var i = 0; i < folders.Count; i++)
        {
            var field = string.Create(CultureInfo.InvariantCulture, $"{list}[{i}]");
            var files = Files(folders[i], field);
            var captions = Captions(folders[i]);
            var nih = Labels(folders[i], files, field);
            foreach (var file in files)
            {
                cancellation.ThrowIfCancellationRequested();
                var image = ImageFiles.Decode(file, default, $"{field}: {file}");
                images.Add(Describe(folders[i], file, Math.Max(image.Width, image.Height), captions, nih));
                pixels.Add(ImageResizer.ResizeByArea(image, side, side).Pixels);
            }
        }

        return new ImageSet(side, images, [.. pixels.SelectMany(p => p)]);
    }

    private static Dictionary<string, string[]>? Labels(string folder, string[] files, string field) =>
        files.Any(f => NihName().IsMatch(Path.GetFileName(f))) ? NihLabels(folder, field) : null;

    private static string[] Files(string folder, string field)
    {
        if (!Directory.Exists(folder))
            throw MeshException.Invalid(field, $"folder '{folder}' does not exist on the machine that reads it");
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f).ToLowerInvariant() is ".png" or ".jpg" or ".jpeg").Order(StringComparer.Ordinal).ToArray();
        return files.Length > 0 ? files : throw MeshException.Invalid(field, $"folder '{folder}' has no PNG or JPEG file, at any depth");
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

    private static Dictionary<string, string> Captions(string folder)
    {
        var table = Path.Combine(folder, "captions.tsv");
        return File.Exists(table)
            ? File.ReadLines(table).Select(l => l.Split('\t', 2)).Where(c => c.Length == 2).ToDictionary(c => c[0], c => c[1],
                StringComparer.Ordinal)
            : [];
    }

    /// <summary>File name → labels, from the table that lies in <c>nih-cxr14-labels</c> beside the folder or one of its parents.</summary>
    private static Dictionary<string, string[]> NihLabels(string folder, string field)
    {
        for (var at = new DirectoryInfo(Path.GetFullPath(folder)); at is not null; at = at.Parent)
        {
            var table = Path.Combine(at.FullName, "nih-cxr14-labels", NihTable);
            if (!File.Exists(table))
                continue;
            using var text = new StreamReader(new GZipStream(File.OpenRead(table), CompressionMode.Decompress));
            var labels = new Dictionary<string, string[]>(StringComparer.Ordinal);
            text.ReadLine(); // Image Index, Finding Labels, ...
            while (text.ReadLine() is { } line)
            {
                var cells = line.Split(',', 3);
                labels[cells[0]] = cells[1].Split('|');
            }

            return labels;
        }

        throw MeshException.Invalid(field,
            $"'{folder}' holds NIH images; their labels, nih-cxr14-labels/{NihTable}, were not found in it or above it");
    }

    [GeneratedRegex(@"\A\d{8}_\d{3}\.png\z")]
    private static partial Regex NihName();
}
