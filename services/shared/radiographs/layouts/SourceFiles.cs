using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>The files of a source, found in one walk, and the names by which its tables call the images.</summary>
internal sealed class SourceFiles
{
    /// <summary>Most folders that a path of a table may have above the source's folder: that of the set, and one within it.</summary>
    private const int MostAbove = 2;

    private readonly RadiographSource _source;
    private readonly string _folder;
    private readonly ILookup<string, string> _byName, _byStem;
    private readonly Dictionary<string, string> _byPath;

    private SourceFiles(RadiographSource source, IReadOnlyList<string> files)
    {
        _source = source;
        _folder = Path.GetFullPath(source.Folder);
        Images = [.. files.Where(f => ImageFiles.IsImage(f, source.Boundary))];
        Others = [.. files.Except(Images)];
        _byName = Images.ToLookup(f => Path.GetFileName(f), StringComparer.Ordinal);
        _byStem = Images.ToLookup(ImageFiles.Stem, StringComparer.Ordinal);
        _byPath = Images.ToDictionary(RelativePath, f => f, StringComparer.Ordinal);
    }

    /// <summary>In ordinal order of their paths.</summary>
    public IReadOnlyList<string> Images { get; }

    /// <summary>Every other file, in that order.</summary>
    public IReadOnlyList<string> Others { get; }

    /// <param name="field">The request's field that names the folder.</param>
    /// <exception cref="MeshException">INVALID_FIELD: no such folder, or no image in it.</exception>
    public static SourceFiles Find(RadiographSource source, string field)
    {
        ImageFiles.CheckFolder(source.Folder, source.Boundary, field);
        var files = new SourceFiles(source, [.. DataFiles.FindBelow(source.Folder, source.Boundary, field)]);
        return files.Images.Count > 0 ? files : throw ImageFiles.NoImage(source.Folder, source.Boundary, field);
    }

    /// <summary>Path below the source's folder, with slashes.</summary>
    public string RelativePath(string file) => ImageFiles.RelativePath(_folder, Path.GetFullPath(file));

    /// <summary>
    /// The image that a table calls by its path, by the end of that, by its file name, or by the file name without its ending. A path may
    /// begin above the source's folder.
    /// </summary>
    /// <param name="name">As the table has it.</param>
    /// <param name="place">Where it has it, for the message.</param>
    /// <param name="field">The request's field that names the table.</param>
    /// <param name="under">A folder that is preferred where several images match.</param>
    /// <exception cref="MeshException">INVALID_FIELD: several images match; two are named.</exception>
    public string? FindImage(string name, string place, string field, string? under = null)
    {
        var path = name.Replace('\\', '/').Trim('/');
        if (path.StartsWith("./", StringComparison.Ordinal))
            path = path[2..];
        // In CheXpert hundreds of thousands of images have one name: the path as it stands decides before any search by name.
        if (path.Contains('/', StringComparison.Ordinal) && _byPath.TryGetValue(path, out var exact))
            return exact;
        var inner = path;
        for (var above = 1; above <= MostAbove && inner.Contains('/', StringComparison.Ordinal); above++)
        {
            inner = inner[(inner.IndexOf('/', StringComparison.Ordinal) + 1)..];
            if (inner.Contains('/', StringComparison.Ordinal) && _byPath.TryGetValue(inner, out exact))
                return exact;
        }

        var last = path[(path.LastIndexOf('/') + 1)..];
        var found = _byName[last].Concat(_byStem[last]).Distinct().Where(f => Matches(RelativePath(f), path)).ToList();
        if (found.Count > 1 && found.Where(f => RelativePath(f) == path).ToList() is { Count: 1 } whole)
            return whole[0];
        if (found.Count > 1 && under is not null
            && found.Where(f => $"/{RelativePath(f)}".Contains($"/{under}/", StringComparison.Ordinal)).ToList() is { Count: 1 } preferred)
            return preferred[0];
        return found.Count <= 1 ? found.FirstOrDefault() : throw MeshException.Invalid(field,
            $"{place} names an image that two files match: '{EchoedText.Shorten(RelativePath(found[0]))}' and "
                + $"'{EchoedText.Shorten(RelativePath(found[1]))}'");
    }

    /// <summary>The table that the source names, or else those of the folder that match a pattern.</summary>
    /// <param name="named">Path that the source names; null where it names none.</param>
    /// <param name="matches">Takes a file name in lower case, without .gz.</param>
    public IReadOnlyList<string> FindTables(string? named, Predicate<string> matches)
    {
        if (!string.IsNullOrWhiteSpace(named))
            return [named];
        return [.. Others.Where(f => matches(TableName(f)))];
    }

    /// <summary>The one table that the source names, or else that of the folder that matches a pattern.</summary>
    /// <param name="named">Path that the source names; null where it names none.</param>
    /// <param name="matches">Takes a file name in lower case, without .gz.</param>
    /// <param name="expected">What it is usually called.</param>
    /// <param name="field">The request's field that names the table.</param>
    /// <exception cref="MeshException">INVALID_FIELD: none or several.</exception>
    public CsvTable OpenTable(string? named, Predicate<string> matches, string expected, string field) =>
        FindTable(named, matches, field) is { } file ? CsvTable.Open(file, _source.Boundary, field)
            : throw Missing(expected, field);

    /// <summary>The same, where there need not be one.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: several.</exception>
    public string? FindTable(string? named, Predicate<string> matches, string field)
    {
        var found = FindTables(named, matches);
        return found.Count <= 1 ? (found.Count == 0 ? null : found[0]) : throw MeshException.Invalid(field,
            $"is not given, and '{_source.Describe(_source.Folder)}' has several tables for it, "
                + $"'{EchoedText.Shorten(RelativePath(found[0]))}' and '{EchoedText.Shorten(RelativePath(found[1]))}': name one");
    }

    /// <summary>The images that no row is about.</summary>
    /// <param name="taken">Those that one is about.</param>
    /// <param name="where">What names the images.</param>
    public IReadOnlyList<LeftOutCount> CountUnmatched(IReadOnlySet<string> taken, string where)
    {
        var left = new LeftOutCounter("images");
        foreach (var image in Images.Where(i => !taken.Contains(i)))
            left.Add($"have no row in {where}", RelativePath(image));
        return left.Count(Images.Count);
    }

    /// <summary>The set, in the order of its ids, with what was left out of rows and images told in its notes.</summary>
    /// <param name="leftOut">Rows that gave no study.</param>
    /// <param name="taken">Images that a row is about.</param>
    /// <param name="where">What names the images.</param>
    /// <exception cref="MeshException">INVALID_FIELD: no study is left; says why.</exception>
    public StudySet Complete(IReadOnlyList<Study> studies, IReadOnlyList<LeftOutCount> leftOut, IReadOnlySet<string> taken, string where,
        string field)
    {
        LeftOutCount[] all = [.. leftOut, .. CountUnmatched(taken, where)];
        if (studies.Count == 0)
            throw MeshException.Invalid($"{field}.name",
                $"none of the {Images.Count} images below '{_source.Describe(_source.Folder)}' is left to be read. "
                    + string.Join(' ', all.Select(l => l.Sentence)));
        return new StudySet([.. studies.OrderBy(s => s.Id, StringComparer.Ordinal)], [.. all.Select(l => l.Sentence)]) { LeftOut = all };
    }

    /// <summary>The refusal where there is no table.</summary>
    public MeshException Missing(string expected, string field) => MeshException.Invalid(field,
        $"is missing: name the table, or put {expected} into '{_source.Describe(_source.Folder)}'");

    private static string TableName(string file)
    {
        var name = Path.GetFileName(file).ToLowerInvariant();
        return name.EndsWith(".gz", StringComparison.Ordinal) ? name[..^3] : name;
    }

    private static bool Matches(string image, string path)
    {
        var bare = image[..^(Path.GetFileName(image).Length - ImageFiles.Stem(image).Length)];
        if (EndsWithPath(image, path) || EndsWithPath(bare, path))
            return true;
        if (!EndsWithPath(path, image) && !EndsWithPath(path, bare))
            return false;
        var (has, given) = (image.Count(c => c == '/') + 1, path.Count(c => c == '/') + 1);
        return has >= 2 && given - has <= MostAbove;
    }

    private static bool EndsWithPath(string whole, string end) =>
        whole == end || whole.EndsWith('/' + end, StringComparison.Ordinal);
}
