using System.Text.RegularExpressions;
using Grpc.Core;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Radiographs;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Places;

/// <summary>
/// Finds the sealed data sets of the mesh by name, <c>datasets/{id}</c>. The balancer is asked on behalf of the caller's tenant: another
/// tenant's data set is as if it did not exist.
/// </summary>
public sealed partial class SealedDatasetLocator(DatasetService.DatasetServiceClient datasets, TimeProvider clock)
{
    /// <summary>Begins the names of data sets.</summary>
    public const string Prefix = "datasets/";

    /// <summary>Time limit of one copy.</summary>
    private static readonly TimeSpan _copyLimit = TimeSpan.FromHours(6);

    public static bool IsName(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    /// <exception cref="MeshException">INVALID_FIELD: the name has another form.</exception>
    public static void CheckName(string name, string field)
    {
        if (!NamePattern().IsMatch(name))
            throw MeshException.Invalid(field, "must be a name of the form datasets/{id}, with an id of a-z, 0-9 and '-'");
    }

    /// <summary>The folder of a data set, where this machine sees the one that it was sealed into; else null.</summary>
    /// <exception cref="MeshException">NOT_FOUND: the tenant has no such data set. WRONG_STATE: it is not sealed.</exception>
    public async Task<DataPlace?> FindAsync(string name, string field, CancellationToken cancellation)
    {
        CheckName(name, field);
        ImageReportDataset found;
        try
        {
            found = (await datasets.GetDatasetAsync(new GetDatasetRequest { Name = name }, cancellationToken: cancellation)).Dataset;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            throw MeshException.NotFound(name, field);
        }

        if (found.State != DatasetState.Sealed)
        {
            var problem = $"{name} must be sealed before it can be read";
            throw new MeshException(ErrorReasons.WrongState, $"{field}: {problem}", [new FieldViolation(field, problem)]);
        }

        return Holds(found.Location, found.Root) ? ToPlace(name, found.Location) : null;
    }

    /// <summary>Copies a data set into a folder that appears when it is complete; one that is there stays as it is.</summary>
    /// <param name="into">The folder.</param>
    /// <param name="progress">Told bytes done, bytes in all, and the file.</param>
    public async Task<DataPlace> CopyAsync(string name, string into, Action<long, long, string> progress, CancellationToken cancellation)
    {
        if (Directory.Exists(into))
            return ToPlace(name, into);
        DeleteAbandoned(into);
        var own = $"{into}.{Guid.NewGuid():N}"; // another replica may be copying it too
        await DatasetDownloader.DownloadAsync(datasets, name, own, progress, (clock.GetUtcNow() + _copyLimit).UtcDateTime, cancellation);
        try
        {
            Directory.Move(own, into);
        }
        catch (IOException) when (Directory.Exists(into))
        {
            Directory.Delete(own, recursive: true);
        }

        return ToPlace(name, into);
    }

    /// <summary>Deletes what processes that died left of their copies.</summary>
    private void DeleteAbandoned(string into)
    {
        if (Path.GetDirectoryName(into) is not { } parent || !Directory.Exists(parent))
            return;
        foreach (var left in Directory.EnumerateDirectories(parent, Path.GetFileName(into) + ".*")
            .Where(f => clock.GetUtcNow() - Directory.GetLastWriteTimeUtc(f) > _copyLimit).ToList())
            Directory.Delete(left, recursive: true);
    }

    private static DataPlace ToPlace(string name, string folder)
    {
        var real = LinkResolver.Follow(Path.GetFullPath(folder)) ?? Path.GetFullPath(folder);
        return new DataPlace(real, new NamedFolder(real, name));
    }

    /// <summary>Another machine may have another folder under the same path.</summary>
    private static bool Holds(string folder, string root)
    {
        try
        {
            return Path.IsPathRooted(folder) && Directory.Exists(folder) && DatasetManifest.Read(folder).Root == root;
        }
        catch (SealedDatasetException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"\Adatasets/[a-z0-9][a-z0-9-]{0,62}\z")]
    private static partial Regex NamePattern();
}
