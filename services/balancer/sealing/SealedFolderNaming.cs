using SynCxr.Mesh.Balancer.Rows;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>Where a data set lies in the store of sealed data sets: by tenant, so that an address says whose it is.</summary>
internal static class SealedFolderNaming
{
    /// <summary>Of a data set that is sealed now.</summary>
    public static string Create(string tenant, string id) => $"{tenant}/datasets/{id}";

    /// <summary>Of a data set that is sealed: those from before tenants had folders stay where they are.</summary>
    public static string FolderOf(DatasetRow row) => row.Folder.Length > 0 ? row.Folder : $"datasets/{row.Id}";
}
