using Google.Protobuf;
using Grpc.Core;
using SynCxr.Mesh.Balancer.Datasets;
using SynCxr.Mesh.Balancer.Lifecycle;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Balancer.Sealing;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.SealedDatasets;

namespace SynCxr.Mesh.Balancer;

/// <summary>Data sets over gRPC.</summary>
internal sealed class DatasetService(
    DatasetCreator creator, DatasetQueries reader, DatasetTerminator end, ISealedDatasetStore folders, PageTokenCodec tokens,
    TimeProvider clock)
    : Dataset.V1.DatasetService.DatasetServiceBase
{
    private const int PartSize = 64 * 1024;

    public override async Task<CreateDatasetResponse> CreateDataset(CreateDatasetRequest request, ServerCallContext context)
    {
        var tenant = RequestContext.Current.Tenant;
        var (id, planned) = await creator.CreateAsync(tenant, request, context.CancellationToken);
        return new CreateDatasetResponse
        {
            Dataset = id is null ? DatasetMapping.ToProto(planned!) : await reader.GetAsync(tenant, id, context.CancellationToken),
        };
    }

    public override async Task<GetDatasetResponse> GetDataset(GetDatasetRequest request, ServerCallContext context) =>
        new()
        {
            Dataset = await reader.GetAsync(RequestContext.Current.Tenant, DatasetQueries.IdOf(request.Name, "name"),
                context.CancellationToken),
        };

    public override async Task<ListDatasetsResponse> ListDatasets(ListDatasetsRequest request, ServerCallContext context)
    {
        var tenant = RequestContext.Current.Tenant;
        var size = PageTokenCodec.PageSize(request.PageSize, 50);
        var after = await tokens.ReadAsync($"datasets|{tenant}", request.PageToken, context.CancellationToken);
        var page = await reader.ListAsync(tenant, after, size + 1, context.CancellationToken);
        var response = new ListDatasetsResponse { Datasets = { page.Take(size).Select(d => d.Dataset) } };
        if (page.Count > size)
            response.NextPageToken = await tokens.WriteAsync($"datasets|{tenant}", page[size - 1].Position, context.CancellationToken);
        return response;
    }

    public override async Task WatchDataset(WatchDatasetRequest request, IServerStreamWriter<WatchDatasetResponse> responseStream,
        ServerCallContext context)
    {
        var id = DatasetQueries.IdOf(request.Name, "name");
        await foreach (var dataset in reader.WatchAsync(RequestContext.Current.Tenant, id, context.CancellationToken))
            await responseStream.WriteAsync(new WatchDatasetResponse { Dataset = dataset }, context.CancellationToken);
    }

    public override async Task<CancelDatasetResponse> CancelDataset(CancelDatasetRequest request, ServerCallContext context)
    {
        var tenant = RequestContext.Current.Tenant;
        var id = DatasetQueries.IdOf(request.Name, "name");
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        await end.CancelAsync(tenant, id, request.RequestId, Sha256Digest.HexOf($"cancel|{request.Name}"), now, context.CancellationToken);
        return new CancelDatasetResponse { Dataset = await reader.GetAsync(tenant, id, context.CancellationToken) };
    }

    public override async Task<ListPairsResponse> ListPairs(ListPairsRequest request, ServerCallContext context)
    {
        var tenant = RequestContext.Current.Tenant;
        var id = DatasetQueries.IdOf(request.Parent, "parent");
        var size = PageTokenCodec.PageSize(request.PageSize, 100);
        var scope = $"pairs|{tenant}|{id}";
        var after = await tokens.ReadAsync(scope, request.PageToken, context.CancellationToken);
        var last = after is null ? -1 : long.Parse(after, System.Globalization.CultureInfo.InvariantCulture);
        var page = await reader.PairsAsync(tenant, id, last, size + 1, context.CancellationToken);
        var response = new ListPairsResponse { Pairs = { page.Take(size) } };
        if (page.Count > size)
            response.NextPageToken = await tokens.WriteAsync(scope,
                page[size - 1].Index.ToString(System.Globalization.CultureInfo.InvariantCulture), context.CancellationToken);
        return response;
    }

    public override async Task<ListDatasetFilesResponse> ListDatasetFiles(ListDatasetFilesRequest request, ServerCallContext context)
    {
        var manifest = await ManifestAsync(request.Name, context);
        var response = new ListDatasetFilesResponse();
        foreach (var file in manifest.FilesWithManifest())
            response.Files.Add(new DatasetFile { Path = file.Path, SizeBytes = file.Size, Sha256 = file.Sha256 });
        return response;
    }

    public override async Task ReadDatasetFile(ReadDatasetFileRequest request, IServerStreamWriter<ReadDatasetFileResponse> responseStream,
        ServerCallContext context)
    {
        if (request.Path.Length == 0 || Path.IsPathRooted(request.Path) || request.Path.Split('/', '\\').Contains(".."))
            throw MeshException.Invalid("path", "must be a path from ListDatasetFiles");
        var manifest = await ManifestAsync(request.Name, context);

        // Only what the manifest lists can be read: no path of the caller's ever reaches the file system.
        var file = manifest.FilesWithManifest().FirstOrDefault(f => f.Path == request.Path)
            ?? throw MeshException.Invalid("path", "is no file of this data set");
        await using var stream = await folders.OpenAsync(DatasetQueries.IdOf(request.Name, "name"), file.Path, context.CancellationToken);
        var part = new byte[PartSize];
        int read;
        while ((read = await stream.ReadAsync(part, context.CancellationToken)) > 0)
            await responseStream.WriteAsync(new ReadDatasetFileResponse { Data = ByteString.CopyFrom(part, 0, read) },
                context.CancellationToken);
    }

    private async Task<DatasetManifest> ManifestAsync(string name, ServerCallContext context)
    {
        var id = DatasetQueries.IdOf(name, "name");
        var row = await reader.RowAsync(RequestContext.Current.Tenant, id, context.CancellationToken);
        return row.Stage == DatasetStage.Sealed
            ? await folders.ReadManifestAsync(id, context.CancellationToken)
            : throw new MeshException(ErrorReasons.WrongState, $"{name} is not sealed: {row.Stage}");
    }
}
