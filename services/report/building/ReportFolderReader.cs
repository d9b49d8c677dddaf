using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.CompilerServices;

namespace SynCxr.Mesh.Report.Building;

/// <summary>A file that could not be read as a report.</summary>
public sealed record SkippedFile(string Name, string Reason);

/// <summary>
/// The reports of a folder in ordinal order of their paths: Open-I files (<c>.xml</c>), plain text (<c>.txt</c>), and archives of these
/// (<c>.tgz</c>, <c>.tar.gz</c>). Other files are left alone.
/// </summary>
internal sealed class ReportFolderReader(string folder)
{
    private const long MaxFileBytes = 4 << 20;

    /// <summary>What could not be read, with the reason; filled while reading.</summary>
    public List<SkippedFile> Skipped { get; } = [];

    /// <exception cref="DirectoryNotFoundException">The folder is not there.</exception>
    public async IAsyncEnumerable<SourceReport> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{folder} is not there");
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            cancellation.ThrowIfCancellationRequested();
            var name = Path.GetRelativePath(folder, path);
            if (IsArchive(name))
            {
                await foreach (var report in ReadArchiveAsync(path, cancellation))
                    yield return report;
            }
            else if (IsReport(name))
            {
                await using var file = File.OpenRead(path);
                if (file.Length > MaxFileBytes)
                    Skipped.Add(new SkippedFile(name, $"larger than {MaxFileBytes} bytes"));
                else if (await ParseAsync(name, file, cancellation) is { } report)
                    yield return report;
            }
        }
    }

    private async IAsyncEnumerable<SourceReport> ReadArchiveAsync(string path, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        await using var zip = new GZipStream(file, CompressionMode.Decompress);
        await using var tar = new TarReader(zip);
        while (await ReadEntryAsync(tar, Path.GetRelativePath(folder, path), cancellation) is { } entry)
        {
            if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile) || !IsReport(entry.Name)
                || entry.DataStream is null)
                continue;
            if (entry.Length > MaxFileBytes)
                Skipped.Add(new SkippedFile($"{Path.GetFileName(path)}:{entry.Name}", $"larger than {MaxFileBytes} bytes"));
            else if (await ParseAsync(entry.Name, entry.DataStream, cancellation) is { } report)
                yield return report;
        }
    }

    /// <summary>The next entry; null at the end, or where the archive can't be read on, which is noted once with its name.</summary>
    private async Task<TarEntry?> ReadEntryAsync(TarReader tar, string archive, CancellationToken cancellation)
    {
        try
        {
            return await tar.GetNextEntryAsync(cancellationToken: cancellation);
        }
        catch (Exception fault) when (IsBroken(fault))
        {
            Skipped.Add(new SkippedFile(archive, $"no readable archive from here on ({fault.Message})"));
            return null;
        }
    }

    /// <summary>What .NET throws for bytes that are no gzip, no tar, or end too early.</summary>
    private static bool IsBroken(Exception fault) => fault is InvalidDataException or EndOfStreamException or FormatException;

    private async Task<SourceReport?> ParseAsync(string name, Stream content, CancellationToken cancellation)
    {
        var id = Path.GetFileNameWithoutExtension(name);
        try
        {
            if (name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
                return SourceReport.ReadOpenI(id, content);
            using var text = new StreamReader(content, leaveOpen: true);
            return new SourceReport(id, await text.ReadToEndAsync(cancellation), "");
        }
        catch (Exception fault) when (IsBroken(fault))
        {
            Skipped.Add(new SkippedFile(name, fault.Message));
            return null;
        }
    }

    private static bool IsArchive(string name) =>
        name.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase);

    private static bool IsReport(string name) =>
        name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase);
}
