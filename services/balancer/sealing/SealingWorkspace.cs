using Microsoft.Extensions.Options;
using SynCxr.Mesh.Database;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>Where a data set is written before it is one: a folder of this replica's own, beside its place in the state folder.</summary>
internal sealed class SealingWorkspace(IOptions<BalancerOptions> options, ReplicaIdentity replica)
{
    public string Root { get; } = Path.Combine(Path.GetFullPath(options.Value.StateFolder), "datasets");

    /// <summary>An empty folder. What others have left of the data set is deleted: whoever calls holds the lease.</summary>
    public string CreateEmptyFolder(string id)
    {
        Directory.CreateDirectory(Root);
        foreach (var left in Directory.EnumerateDirectories(Root, $".{id}.*"))
            Directory.Delete(left, recursive: true);
        var folder = Path.Combine(Root, $".{id}.{replica.Name.Split('/')[^1]}.partial");
        Directory.CreateDirectory(folder);
        return folder;
    }
}
