using SynCxr.Mesh.Hosting.Calls;

namespace SynCxr.Mesh.Standalone;

/// <summary>Where a state folder keeps what its mesh and the command both read.</summary>
internal static class StateFolderPaths
{
    /// <summary>The models that were trained or added here, a folder each.</summary>
    public static string ModelsPath(string state) => Path.Combine(state, "models", RequestContext.LocalTenant);

    /// <summary>The banks of known-bad images that were made here, a folder each.</summary>
    public static string BanksPath(string state) => Path.Combine(state, "banks", RequestContext.LocalTenant);

    /// <summary>What image-text models said of examples here, <c>DIGEST OF THE MODEL.json</c>.</summary>
    public static string AlignmentsPath(string state) => Path.Combine(state, "alignments", RequestContext.LocalTenant);

    /// <summary>The memorisation indexes that were made here, <c>GENERATOR/DIGEST OF THE JUDGE</c>.</summary>
    public static string IndexesPath(string state) => Path.Combine(state, "indexes", RequestContext.LocalTenant);
}
