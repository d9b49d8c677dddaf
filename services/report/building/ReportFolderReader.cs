using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using SynCxr.Mesh.Hosting.Settings;
using SynCxr.Mesh.Vocabulary.Sections;

namespace SynCxr.Mesh.Report.Building;

/// <summary>A file that could not be read as a report.</summary>
public sealed record SkippedFile(string Name, string Reason);

/// <summary>
/// Reads the reports of a folder in ordinal order of their paths: Open-I files (<c>.xml</c>), plain text (<c>.txt</c>) and archives of
/// these (<c>.tgz</c>, <c>.tar.gz</c>). Other files are counted. A report is called by its path below the folder without the ending, in an
/// archive by its file name without it.
/// </summary>
public sealed class ReportFolderReader(string folder)
{
    private const long MaxFileBytes = 4 << 20;

    /// <summary>The files that could not be read so far, with the reason.</summary>
    public List<SkippedFile> Skipped { get; } = [];

    /// <summary>How many files of the folder are of other kinds and were not opened, by their ending in lower case.</summary>
    public SortedDictionary<string, int> Others { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads report by report.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public async IAsyncEnumerable<SourceReport> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder {folder}.");
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = true };
        foreach (var path in Directory.EnumerateFiles(folder, "*", all).Order(StringComparer.Ordinal))
        {
            cancellation.ThrowIfCancellationRequested();
            var name = Path.GetRelativePath(folder, path);
            if (IsArchive(name))
            {
                await foreach (var report in ReadArchiveAsync(path, cancellation))
                    yield return report;
            }
            else if (!IsReport(name))
            {
                var ending = Path.GetExtension(name).ToLowerInvariant();
                Others[ending] = Others.GetValueOrDefault(ending) + 1;
            }
            else if (Open(path, name) is { } opened)
            {
                await using var file = opened;
                if (file.Length > MaxFileBytes)
                    Skipped.Add(new SkippedFile(name, $"The file is larger than {MaxFileBytes} bytes."));
                else if (await ParseAsync(name, Path.ChangeExtension(name, null), file, cancellation) is { } report)
                    yield return report;
            }
        }
    }

    /// <summary>The file; null where there is none to read, which adds it to the skipped ones.</summary>
    private FileStream? Open(string path, string name)
    {
        var problem = !RegularFileProbe.IsRegular(path) ? "This is a pipe or a device." : "";
        try
        {
            if (problem.Length == 0)
                return File.OpenRead(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = exception is IOException ? "The file can't be opened; it may be a symbolic link to nothing." : "Permission denied.";
        }

        Skipped.Add(new SkippedFile(name, problem));
        return null;
    }

    private async IAsyncEnumerable<SourceReport> ReadArchiveAsync(string path, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (Open(path, Path.GetRelativePath(folder, path)) is not { } opened)
            yield break;
        await using var file = opened;
        await using var zip = new GZipStream(file, CompressionMode.Decompress);
        await using var tar = new TarReader(zip);
        while (await ReadEntryAsync(tar, Path.GetRelativePath(folder, path), cancellation) is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || !IsReport(entry.Name)
                || entry.DataStream is null)
                continue;
            if (entry.Length > MaxFileBytes)
                Skipped.Add(new SkippedFile($"{Path.GetFileName(path)}:{entry.Name}", $"The file is larger than {MaxFileBytes} bytes."));
            else if (await ParseAsync(entry.Name, Path.GetFileNameWithoutExtension(entry.Name), entry.DataStream, cancellation)
                is { } report)
                yield return report;
        }
    }

    /// <summary>
    /// The next entry; null at the end, and where the archive can't be read any further, which adds it to the skipped files.
    /// </summary>
    private async Task<TarEntry?> ReadEntryAsync(TarReader tar, string archive, CancellationToken cancellation)
    {
        try
        {
            return await tar.GetNextEntryAsync(cancellationToken: cancellation);
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            Skipped.Add(new SkippedFile(archive, $"The rest of the archive can't be read: {exception.Message}"));
            return null;
        }
    }

    /// <summary>What .NET throws for bytes that are not gzip or tar, or that end too early.</summary>
    private static bool IsUnreadable(Exception exception) => exception is InvalidDataException or EndOfStreamException or FormatException;

    /// <param name="name">What messages call the file.</param>
    /// <param name="id">What the report is called.</param>
    private async Task<SourceReport?> ParseAsync(string name, string id, Stream content, CancellationToken cancellation)
    {
        try
        {
            if (name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
                return SourceReport.ReadOpenI(id, content);
            using var text = new StreamReader(content, leaveOpen: true);
            var all = await text.ReadToEndAsync(cancellation);
            if (all.Contains('\0', StringComparison.Ordinal))
                throw new FormatException("This is no text: it holds a NUL character.");
            var sections = ReportSectioniser.Split(all);
            return UnreadableReport.Find(sections) is { } problem ? throw new FormatException(problem)
                : SourceReport.FromSections(id, sections);
        }
        catch (Exception exception) when (IsUnreadable(exception))
        {
            Skipped.Add(new SkippedFile(name, exception.Message));
            return null;
        }
    }

    private static bool IsArchive(string name) =>
        name.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase);

    private static bool IsReport(string name) =>
        name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase);
}
