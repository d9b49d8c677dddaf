using Grpc.Core;
using SynCxr.Mesh.Dataset.V1;

namespace SynCxr.Mesh.Evaluator.Tests.Peers;

/// <summary>A balancer that has sealed one data set.</summary>
internal sealed class SealedDatasetPeer(ImageReportDataset dataset) : DatasetService.DatasetServiceBase
{
    public override Task<GetDatasetResponse> GetDataset(GetDatasetRequest request, ServerCallContext context) =>
        Task.FromResult(new GetDatasetResponse { Dataset = dataset });
}
