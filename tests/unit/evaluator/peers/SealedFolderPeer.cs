using Google.Protobuf;
using Grpc.Core;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Testkit.Sealed;

namespace SynCxr.Mesh.Evaluator.Tests.Peers;

/// <summary>A balancer with one sealed data set of the tenant <c>tenant-a</c>, <c>datasets/one</c>: the testkit's four pairs.</summary>
internal sealed class SealedFolderPeer(EvaluatorPeerSettings settings) : DatasetService.DatasetServiceBase
{
    public const string Tenant = "tenant-a", Name = "datasets/one";

    public override Task<GetDatasetResponse> GetDataset(GetDatasetRequest request, ServerCallContext context) =>
        RequestContext.Current.Tenant == Tenant && request.Name == Name
            ? Task.FromResult(new GetDatasetResponse
            {
                Dataset = new ImageReportDataset
                {
                    Name = Name,
                    State = DatasetState.Sealed,
                    Location = settings.DatasetLocation,
                    Root = SealedSetFixture.Root,
                },
            })
            : throw MeshException.NotFound(request.Name);

    public override Task<ListDatasetFilesResponse> ListDatasetFiles(ListDatasetFilesRequest request, ServerCallContext context) =>
        Task.FromResult(new ListDatasetFilesResponse
        {
            Files =
            {
                Directory.EnumerateFiles(SealedSetFixture.Folder, "*", SearchOption.AllDirectories).Select(f => new DatasetFile
                {
                    Path = Path.GetRelativePath(SealedSetFixture.Folder, f),
                    SizeBytes = new FileInfo(f).Length,
                    Sha256 = Sha256Digest.HexOfFile(f),
                }),
            },
        });

    public override async Task ReadDatasetFile(ReadDatasetFileRequest request,
        IServerStreamWriter<ReadDatasetFileResponse> responseStream, ServerCallContext context) =>
        await responseStream.WriteAsync(new ReadDatasetFileResponse
        {
            Data = ByteString.CopyFrom(await File.ReadAllBytesAsync(Path.Combine(SealedSetFixture.Folder, request.Path))),
        });
}
