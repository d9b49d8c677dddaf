using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>
/// Lists of images, a line an image, whose file names tell the part of a split: <c>train_val_list.txt</c>, <c>TBX11K_val.txt</c>. A list
/// that holds all of another, as train and val together, gives way to that one; any other two must not share an image.
/// </summary>
internal sealed class SplitLists
{
    private readonly Dictionary<string, string> _splits = new(StringComparer.Ordinal);

    private SplitLists(IReadOnlyList<LeftOutCount> leftOut) => LeftOut = leftOut;

    /// <summary>Lines that name no image.</summary>
    public IReadOnlyList<LeftOutCount> LeftOut { get; }

    /// <param name="lists">Files of the source; those whose names tell no split are passed over.</param>
    /// <param name="files">The images.</param>
    /// <param name="source">What may be read.</param>
    /// <param name="field">The request's field that names the folder.</param>
    /// <exception cref="MeshException">INVALID_FIELD: an image in two lists of which neither holds the other.</exception>
    public static SplitLists Read(IEnumerable<string> lists, SourceFiles files, RadiographSource source, string field)
    {
        var left = new LeftOutCounter("lines of split lists");
        var lines = 0;
        var members = new List<(string Name, string Split, HashSet<string> Images)>();
        foreach (var list in lists)
        {
            if (SplitName.Find(Path.GetFileNameWithoutExtension(list)) is not { } split)
                continue;
            var images = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (number, text) in TextFile.ReadLines(list, source.Boundary, field))
            {
                lines++;
                var place = FormattableString.Invariant($"line {number} of '{source.Describe(list)}'");
                if (files.FindImage(text, place, field) is { } image)
                    images.Add(image);
                else
                    left.Add("name no image", place);
            }

            members.Add((source.Describe(list), split, images));
        }

        var read = new SplitLists(left.Count(lines));
        var narrowest = members.OrderBy(m => m.Images.Count).ThenBy(m => m.Name, StringComparer.Ordinal).ToList();
        foreach (var (name, split, images) in narrowest)
        {
            foreach (var other in narrowest.TakeWhile(m => m.Name != name).Where(m => m.Split != split && m.Images.Overlaps(images)))
            {
                if (!images.IsSupersetOf(other.Images) || images.Count == other.Images.Count)
                {
                    var both = EchoedText.Shorten(files.RelativePath(images.First(other.Images.Contains)));
                    throw MeshException.Invalid(field,
                        $"'{name}' and '{other.Name}' both hold '{both}'; an image is in one part of a split");
                }

            }

            foreach (var image in images)
                read._splits.TryAdd(image, split);
        }

        return read;
    }

    /// <summary>The part that an image is in; null where no list names it.</summary>
    public string? Find(string image) => _splits.GetValueOrDefault(image);
}
