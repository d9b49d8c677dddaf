using Microsoft.Extensions.Options;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>
/// Where a data set is written before it is one: folders in the state folder, each of one data set and one replica. What an interrupted
/// seal has left there is used by the next try.
/// </summary>
internal sealed class SealingWorkspace(IOptions<BalancerOptions> options, ReplicaIdentity replica)
{
    private const string Partial = ".partial", Earlier = ".earlier";

    public string StateFolder { get; } = Path.GetFullPath(options.Value.StateFolder);

    private string Root => Path.Combine(StateFolder, "datasets");

    /// <summary>
    /// The folder of an earlier try that is complete, so that only storing it is left; else null. Its files were flushed before its
    /// manifest was written, and are held against it once more when they are stored.
    /// </summary>
    public string? FindComplete(string id)
    {
        foreach (var folder in ListFolders(id).Where(f => f.EndsWith(Partial, StringComparison.Ordinal)))
        {
            if (!IsComplete(folder))
                continue;
            if (folder != PathOf(id, Partial))
                Directory.Move(folder, PathOf(id, Partial));
            return PathOf(id, Partial);
        }

        return null;
    }

    /// <summary>
    /// An empty folder, and the one in which an earlier try got furthest, where there is one. What else was left of the data set is
    /// deleted: whoever calls holds the lease.
    /// </summary>
    public (string Folder, string? Earlier) CreateFolder(string id)
    {
        Directory.CreateDirectory(Root);
        var (folder, earlier) = (PathOf(id, Partial), PathOf(id, Earlier));
        var left = ListFolders(id).OrderByDescending(SizeOf).ToList();
        if (left.Count > 0 && left[0] != earlier)
        {
            if (Directory.Exists(earlier))
                Directory.Delete(earlier, recursive: true);
            Directory.Move(left[0], earlier);
        }

        foreach (var other in left.Where(f => f != earlier && Directory.Exists(f)))
            Directory.Delete(other, recursive: true);
        Directory.CreateDirectory(folder);
        return (folder, left.Count > 0 ? earlier : null);
    }

    /// <summary>Deletes every folder of a data set.</summary>
    public void Delete(string id)
    {
        foreach (var folder in ListFolders(id))
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>Deletes what the data set was copied from, once it is written.</summary>
    public static void DeleteEarlier(string? earlier)
    {
        if (earlier is not null && Directory.Exists(earlier))
            Directory.Delete(earlier, recursive: true);
    }

    /// <summary>The data sets that have a folder here.</summary>
    public IReadOnlyList<string> ListDatasets() => !Directory.Exists(Root) ? []
        : [.. Directory.EnumerateDirectories(Root, ".*").Select(f => Path.GetFileName(f).Split('.')[1]).Distinct()];

    private static bool IsComplete(string folder)
    {
        try
        {
            return DatasetManifest.IsIn(folder) && DatasetManifest.Read(folder).Files.All(
                f => new FileInfo(Path.Combine(folder, f.Path)) is { Exists: true, Length: var size } && size == f.Size);
        }
        catch (SealedDatasetException)
        {
            return false; // written in part when the process died: it is written again
        }
    }

    private static long SizeOf(string folder) =>
        new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);

    private string[] ListFolders(string id) => Directory.Exists(Root) ? Directory.GetDirectories(Root, $".{id}.*") : [];

    private string PathOf(string id, string end) => Path.Combine(Root, $".{id}.{replica.Name.Split('/')[^1]}{end}");
}
