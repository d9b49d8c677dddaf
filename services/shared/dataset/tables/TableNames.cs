namespace SynCxr.Mesh.SealedDatasets.Tables;

/// <summary>Where the tables of a data set lie.</summary>
internal static class TableNames
{
    /// <summary>
    /// Folder of the tables that are not about accepted pairs: whoever reads <c>*.parquet</c> at the top would mix them with the one that
    /// is.
    /// </summary>
    public const string ExtraFolder = "extra";
}
