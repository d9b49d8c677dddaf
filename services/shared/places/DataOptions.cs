using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Calls;

namespace SynCxr.Mesh.Places;

/// <summary>Which data of this machine requests may name. Section <c>Data</c>.</summary>
public sealed class DataOptions
{
    public const string Section = "Data";

    /// <summary>
    /// True where requests may also give paths of this machine; needs <c>Mesh:Authentication=none</c> and <c>Mesh:Listen</c> on loopback.
    /// The standalone mesh sets it for itself. Default false: requests name data only.
    /// </summary>
    public bool TakePaths { get; set; }

    /// <summary>
    /// Folders that requests may name, as <c>data/{root}/{path}</c>: <c>Data:Roots:{root}:Path</c> and <c>Data:Roots:{root}:Tenants:0</c>.
    /// Default: none.
    /// </summary>
    public Dictionary<string, DataRootOptions> Roots { get; set; } = [];
}

/// <summary>One data root.</summary>
public sealed class DataRootOptions
{
    /// <summary>The tenant that stands for all of them.</summary>
    public const string Everybody = "*";

    /// <summary>Full path of the folder. Nothing is ever written to it.</summary>
    public string Path { get; set; } = "";

    /// <summary>The tenants that may read it; <c>*</c> stands for all.</summary>
    public IList<string> Tenants { get; init; } = [];
}

/// <summary>A process whose data roots can't be read, or that would take paths from the network, does not start.</summary>
internal sealed partial class DataOptionsRules(IOptions<MeshOptions> mesh) : IValidateOptions<DataOptions>
{
    public ValidateOptionsResult Validate(string? name, DataOptions options)
    {
        var problems = options.Roots.SelectMany(r => FindProblems(r.Key, r.Value)).ToList();
        var (listen, authentication) = (mesh.Value.Listen, mesh.Value.Authentication);
        if (options.TakePaths && !(authentication == AuthenticationModeNames.None && IPAddress.TryParse(listen, out var address)
            && IPAddress.IsLoopback(address)))
            problems.Add(
                $"Data:TakePaths is true, Mesh:Authentication is '{authentication}' and Mesh:Listen is '{listen}'; paths are taken only "
                    + "with 'none' on a loopback address. Name data roots instead: Data:Roots:{root}:Path");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static IEnumerable<string> FindProblems(string root, DataRootOptions options)
    {
        var key = $"{DataOptions.Section}:{nameof(DataOptions.Roots)}:{root}";
        if (!RootName().IsMatch(root))
            yield return $"{key}: the name of a data root must have 1 to 63 characters of a-z, 0-9 and '-', and not start with '-'";
        if (!System.IO.Path.IsPathRooted(options.Path))
            yield return $"{key}:Path is '{options.Path}'; it must be the full path of a folder";
        else if (!Directory.Exists(options.Path))
            yield return $"{key}:Path: folder '{options.Path}' does not exist";
        if (options.Tenants.Count == 0)
            yield return $"{key}:Tenants is empty: nobody could read it. Give a tenant, or * for all";
        foreach (var tenant in options.Tenants.Where(t => t != DataRootOptions.Everybody && !RequestContext.IsTenantName(t)))
            yield return $"{key}:Tenants holds '{tenant}'; it must be the name of a tenant, or * for all";
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]{0,62}\z")]
    private static partial Regex RootName();
}
