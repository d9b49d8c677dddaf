using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.Radiographs.Layouts;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Places;

/// <summary>
/// Turns the names of a request into places, for the tenant of the call: <c>data/{root}/{path}</c> into what lies below a data root that
/// the tenant may read, and, where the process takes paths, a path into itself. A root of other tenants is as if it did not exist, and of
/// what is outside of the roots no answer tells whether it exists.
/// </summary>
public sealed class DataPlaceResolver(IOptions<DataOptions> options)
{
    /// <summary>Begins the names of what lies below data roots.</summary>
    public const string Prefix = "data/";

    private readonly DataOptions _options = options.Value;

    /// <summary>True where the caller may give paths: the user of this machine, who can read them anyway.</summary>
    public bool TakesPaths => _options.TakePaths && RequestContext.Current.Tenant == RequestContext.LocalTenant;

    /// <summary>True for a text that is to be read as a path of this machine, because it begins like no name and paths are taken.</summary>
    public bool IsPath(string name) => TakesPaths
        && !new[] { Prefix, SealedDatasetLocator.Prefix, "models/" }.Any(p => name.StartsWith(p, StringComparison.Ordinal));

    /// <summary>Finds a file or folder by name.</summary>
    /// <param name="field">The request's field that holds the name.</param>
    /// <exception cref="MeshException">INVALID_FIELD: neither a name nor, where they are taken, a path; below no data root that the tenant
    /// may read; or led out of it by a symbolic link.</exception>
    public DataPlace Find(string name, string field)
    {
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal))
            throw MeshException.Invalid(field, name.Length == 0 ? "is empty" : "holds a NUL character (U+0000). Leave it out.");
        if (IsPath(name))
            return new DataPlace(Path.GetFullPath(name), null);
        if (SealedDatasetLocator.IsName(name))
            throw MeshException.Invalid(field,
                $"'{EchoedText.Shorten(name)}' is a sealed data set, which is only read as a source of layout "
                    + $"'{DataLayoutNames.SealedDataset}'");
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            throw MeshException.Invalid(field,
                $"'{EchoedText.Shorten(name)}' must be a name of the form data/{{root}}/{{path}}: this service takes no paths. "
                    + DescribeRoots());
        var parts = name[Prefix.Length..].Split('/');
        if (Array.Exists(parts, p => p is "" or "." or ".."))
            throw MeshException.Invalid(field,
                $"'{EchoedText.Shorten(name)}' must be a name of the form data/{{root}}/{{path}}, without empty parts, '.' and '..'");
        if (FindRoot(parts[0]) is not { } root)
            throw MeshException.Invalid(field,
                $"'{EchoedText.Shorten(name)}' must be below a data root that you may read. {DescribeRoots()}");
        var place = new DataPlace(Path.Combine([root.Path, .. parts[1..]]), root);
        return place.Boundary.Allows(place.Path) ? place : throw MeshException.Invalid(field,
            $"'{EchoedText.Shorten(name)}' leads out of its data root by a symbolic link");
    }

    /// <summary>The source with places for its names.</summary>
    /// <param name="named">With names as the request has them.</param>
    /// <param name="folder">The place of its folder.</param>
    /// <param name="field">The request's field that names the source.</param>
    /// <exception cref="MeshException">INVALID_FIELD: as <see cref="Find"/>.</exception>
    public RadiographSource Resolve(RadiographSource named, DataPlace folder, string field)
    {
        var labels = named.Labels is null ? null : Find(named.Labels, $"{field}.labels");
        var masks = named.Masks is null ? null : Find(named.Masks, $"{field}.masks");
        var boxes = named.Boxes is null ? null : Find(named.Boxes, $"{field}.boxes");
        return named with
        {
            Folder = folder.Path,
            Labels = labels?.Path,
            Masks = masks?.Path,
            Boxes = boxes?.Path,
            Boundary = DataPlace.CreateBoundary(new[] { folder, labels, masks, boxes }.OfType<DataPlace>()),
        };
    }

    /// <summary>What callers are told about the data that they may name.</summary>
    public DataAccess ToProto() => new() { Roots = { ReadableRoots() }, TakesPaths = TakesPaths };

    private IEnumerable<string> ReadableRoots() =>
        _options.Roots.Where(r => MayRead(r.Value)).Select(r => Prefix + r.Key).Order(StringComparer.Ordinal);

    private string DescribeRoots() => ReadableRoots().ToList() is { Count: > 0 } roots
        ? $"The data roots that you may read are {EchoedText.Shorten(string.Join(", ", roots))}."
        : "There is no data root that you may read: its operator sets them with Data:Roots.";

    private NamedFolder? FindRoot(string name) =>
        _options.Roots.TryGetValue(name, out var root) && MayRead(root) && LinkResolver.Follow(Path.GetFullPath(root.Path)) is { } path
            ? new NamedFolder(path, Prefix + name) : null;

    private static bool MayRead(DataRootOptions root) =>
        root.Tenants.Contains(DataRootOptions.Everybody) || root.Tenants.Contains(RequestContext.Current.Tenant);
}
