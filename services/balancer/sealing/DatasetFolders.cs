using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Balancer.Sealing;

/// <summary>Where data sets lie: written beside their final name, renamed when complete.</summary>
internal sealed class DatasetFolders(IOptions<BalancerOptions> options)
{
    private readonly string _root = Path.Combine(Path.GetFullPath(options.Value.StateFolder), "datasets");

    public string Root => _root;

    public string Final(string id) => Path.Combine(_root, id);

    public string Partial(string id) => Path.Combine(_root, $".{id}.partial");
}
