using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Commands;

/// <summary>What the command says of a data set that waits or is paused, and how it ends.</summary>
public sealed class PausedDatasetCommandTests : IAsyncLifetime
{
    private const int Paused = 5;
    private readonly PausedDatasetStub _stub = new();
    private WebApplication _mesh = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = MeshHost.CreateBuilder(["--Mesh:Port=0", "--Mesh:JsonPort=0", "--Mesh:DrainLimit=00:00:00"], "gateway");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(_stub);
        _mesh = builder.BuildMesh();
        _mesh.MapMeshDefaults();
        _mesh.MapGrpcService<PausedDatasetStub>();
        await _mesh.StartAsync();
    }

    public ValueTask DisposeAsync() => _mesh.DisposeAsync();

    [Fact]
    public async Task Watch_PausedDataset_EndsWithACodeOfItsOwnAndSaysHowToGoOn()
    {
        var (code, output, _) = await SyncxrProcess.RunAsync("dataset", "watch", "one", "--mesh", MeshHost.Addresses(_mesh)[0]);

        Assert.Equal(Paused, code);
        Assert.Contains("PAUSED: who are you? [UNAUTHENTICATED]", output, StringComparison.Ordinal);
        Assert.Contains("syncxr dataset resume datasets/one", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_WaitingDataset_SaysForWhatSinceWhenAndHowOften()
    {
        _stub.Dataset.State = DatasetState.Assembling;
        _stub.Dataset.Failure = null;
        _stub.Dataset.Waiting = new DatasetWait
        {
            WaitsFor = "report",
            Reason = "QUEUE_FULL",
            Message = "no room",
            Tries = 7,
            SinceTime = new(),
        };

        var (code, result, _) = await SyncxrProcess.RunJsonAsync("dataset", "get", "one", "--mesh", MeshHost.Addresses(_mesh)[0]);

        Assert.Equal(0, code);
        var waiting = result.GetProperty("waiting");
        Assert.Equal(("report", "QUEUE_FULL", "no room"), (waiting.GetProperty("for").GetString(),
            waiting.GetProperty("reason").GetString(), waiting.GetProperty("message").GetString()));
        Assert.Equal(7, waiting.GetProperty("tries").GetInt64());
        Assert.StartsWith("1970-01-01T00:00:00", waiting.GetProperty("since").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_PausedDataset_SendsTheRequestIdAndEndsWell()
    {
        var (code, result, _) = await SyncxrProcess.RunJsonAsync("dataset", "resume", "one", "--request-id", "r", "--mesh",
            MeshHost.Addresses(_mesh)[0]);

        Assert.Equal((0, "ASSEMBLING", "r"), (code, result.GetProperty("state").GetString(), _stub.RequestId));
    }
}

/// <summary>A mesh with one data set, paused until somebody resumes it.</summary>
internal sealed class PausedDatasetStub : DatasetService.DatasetServiceBase
{
    public ImageReportDataset Dataset { get; } = new()
    {
        Name = "datasets/one",
        Spec = new DatasetSpec { Pairs = 5 },
        State = DatasetState.Paused,
        Failure = new Failure { Reason = "UNAUTHENTICATED", Message = "who are you?" },
        Counts = new DatasetCounts(),
    };

    public string RequestId { get; private set; } = "";

    public override Task<GetDatasetResponse> GetDataset(GetDatasetRequest request, ServerCallContext context) =>
        Task.FromResult(new GetDatasetResponse { Dataset = Dataset });

    /// <summary>Goes on while the data set is paused, as the contract says.</summary>
    public override async Task WatchDataset(WatchDatasetRequest request, IServerStreamWriter<WatchDatasetResponse> responseStream,
        ServerCallContext context)
    {
        await responseStream.WriteAsync(new WatchDatasetResponse { Dataset = Dataset }, context.CancellationToken);
        await Task.Delay(Timeout.Infinite, context.CancellationToken);
    }

    public override Task<ResumeDatasetResponse> ResumeDataset(ResumeDatasetRequest request, ServerCallContext context)
    {
        (RequestId, Dataset.State, Dataset.Failure) = (request.RequestId, DatasetState.Assembling, null);
        return Task.FromResult(new ResumeDatasetResponse { Dataset = Dataset });
    }
}
