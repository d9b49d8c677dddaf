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
    DatasetCreator creator, DatasetQueries reader, DatasetWatchHub watches, DatasetTerminator terminator, DatasetResumer resumer,
    ISealedDatasetStore folders, PageTokenCodec tokens, TimeProvider clock)
    : Dataset.V1.DatasetService.DatasetServiceBase
{
    private const int PartSize = 64 * 1024;

    public override async Task<CreateDatasetResponse> CreateDataset(CreateDatasetRequest request, ServerCallContext context)
    {
        var tenant = RequestContext.Current.Tenant;
        AnswerPage.ThrowIfTooLarge(request.Spec, "spec");
        var (id, planned) = await creator.CreateAsync(tenant, request, context);
        return new CreateDatasetResponse
        {
            Dataset = id is null ? DatasetMapping.ToProto(planned!)
                : Present(await reader.GetAsync(tenant, id, context.CancellationToken), context),
        };
    }

    public override async Task<GetDatasetResponse> GetDataset(GetDatasetRequest request, ServerCallContext context) =>
        new()
        {
            Dataset = Present(await reader.GetAsync(RequestContext.Current.Tenant, DatasetQueries.IdOf(request.Name, "name"),
                context.CancellationToken), context),
        };

    public override async Task<ListDatasetsResponse> ListDatasets(ListDatasetsRequest request, ServerCallContext context)
    {
        var tenant = RequestContext.Current.Tenant;
        var size = PageTokenCodec.PageSize(request.PageSize, 50);
        var after = await tokens.ReadAsync($"datasets|{tenant}", request.PageToken, context.CancellationToken);
        var page = await reader.ListAsync(tenant, after, size + 1, context.CancellationToken);
        var fitting = AnswerPage.CountFitting([.. page.Select(d => d.Dataset)], size);
        var response = new ListDatasetsResponse { Datasets = { page.Take(fitting).Select(d => Present(d.Dataset, context)) } };
        if (page.Count > fitting)
            response.NextPageToken = await tokens.WriteAsync($"datasets|{tenant}", page[fitting - 1].Position, context.CancellationToken);
        return response;
    }

    public override async Task WatchDataset(WatchDatasetRequest request, IServerStreamWriter<WatchDatasetResponse> responseStream,
        ServerCallContext context)
    {
        var id = DatasetQueries.IdOf(request.Name, "name");
        await foreach (var dataset in watches.WatchAsync(RequestContext.Current.Tenant, id, context.CancellationToken))
            await responseStream.WriteAsync(new WatchDatasetResponse { Dataset = Present(dataset, context) }, context.CancellationToken);
    }

    public override async Task<CancelDatasetResponse> CancelDataset(CancelDatasetRequest request, ServerCallContext context)
    {
        var tenant = RequestContext.Current.Tenant;
        var id = DatasetQueries.IdOf(request.Name, "name");
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        await terminator.CancelAsync(tenant, id, request.RequestId, Sha256Digest.HexOf($"cancel|{request.Name}"), now,
            context.CancellationToken);
        return new CancelDatasetResponse { Dataset = Present(await reader.GetAsync(tenant, id, context.CancellationToken), context) };
    }

    public override async Task<ResumeDatasetResponse> ResumeDataset(ResumeDatasetRequest request, ServerCallContext context)
    {
        var tenant = RequestContext.Current.Tenant;
        var id = DatasetQueries.IdOf(request.Name, "name");
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        await resumer.ResumeAsync(tenant, id, request.RequestId, Sha256Digest.HexOf($"resume|{request.Name}"), now,
            context.CancellationToken);
        return new ResumeDatasetResponse { Dataset = Present(await reader.GetAsync(tenant, id, context.CancellationToken), context) };
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
        var fitting = AnswerPage.CountFitting(page, size);
        var response = new ListPairsResponse { Pairs = { page.Take(fitting) } };
        if (page.Count > fitting)
            response.NextPageToken = await tokens.WriteAsync(scope,
                page[fitting - 1].Index.ToString(System.Globalization.CultureInfo.InvariantCulture), context.CancellationToken);
        return response;
    }

    public override async Task<ListDatasetFilesResponse> ListDatasetFiles(ListDatasetFilesRequest request, ServerCallContext context)
    {
        var (_, manifest) = await ManifestAsync(request.Name, context);
        var size = PageTokenCodec.PageSize(request.PageSize, 1000);
        var scope = $"files|{RequestContext.Current.Tenant}|{request.Name}";
        var after = await tokens.ReadAsync(scope, request.PageToken, context.CancellationToken);
        var from = after is null ? 0 : int.Parse(after, System.Globalization.CultureInfo.InvariantCulture);
        var page = manifest.FilesWithManifest().Skip(from).Take(size + 1)
            .Select(file => new DatasetFile { Path = file.Path, SizeBytes = file.Size, Sha256 = file.Sha256 }).ToList();
        var fitting = AnswerPage.CountFitting(page, size);
        var response = new ListDatasetFilesResponse { Files = { page.Take(fitting) } };
        if (page.Count > fitting)
            response.NextPageToken = await tokens.WriteAsync(scope,
                (from + fitting).ToString(System.Globalization.CultureInfo.InvariantCulture), context.CancellationToken);
        return response;
    }

    public override async Task ReadDatasetFile(ReadDatasetFileRequest request, IServerStreamWriter<ReadDatasetFileResponse> responseStream,
        ServerCallContext context)
    {
        if (request.Path.Length == 0 || Path.IsPathRooted(request.Path) || request.Path.Split('/', '\\').Contains(".."))
            throw MeshException.Invalid("path", "must be a path from ListDatasetFiles");
        var (folder, manifest) = await ManifestAsync(request.Name, context);

        // Only what the manifest lists can be read: no path of the caller's ever reaches the file system.
        var file = manifest.FilesWithManifest().FirstOrDefault(f => f.Path == request.Path)
            ?? throw MeshException.Invalid("path", "is no file of this data set");
        await using var stream = await folders.OpenAsync(folder, file.Path, context.CancellationToken);
        var part = new byte[PartSize];
        int read;
        while ((read = await stream.ReadAsync(part, context.CancellationToken)) > 0)
            await responseStream.WriteAsync(new ReadDatasetFileResponse { Data = ByteString.CopyFrom(part, 0, read) },
                context.CancellationToken);
    }

    /// <summary>The data set as the caller may see it: the place of its files only where that is the caller's business.</summary>
    private static ImageReportDataset Present(ImageReportDataset dataset, ServerCallContext context)
    {
        if (dataset.Location.Length == 0 || RequestContext.MaySeePaths(context))
            return dataset;
        var shown = dataset.Clone(); // watchers share one
        shown.Location = dataset.Name;
        return shown;
    }

    private async Task<(string Folder, DatasetManifest Manifest)> ManifestAsync(string name, ServerCallContext context)
    {
        var row = await reader.RowAsync(RequestContext.Current.Tenant, DatasetQueries.IdOf(name, "name"), context.CancellationToken);
        var folder = SealedFolderNaming.FolderOf(row);
        return row.Stage == DatasetStage.Sealed
            ? (folder, await folders.ReadManifestAsync(folder, context.CancellationToken))
            : throw new MeshException(ErrorReasons.WrongState, $"{name} is not sealed: {row.Stage}");
    }
}
