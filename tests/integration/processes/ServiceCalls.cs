using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Integration.Tests.Processes;

/// <summary>One or two calls of each service, through clients that never retry.</summary>
internal static class ServiceCalls
{
    private static readonly ReportSpec _validReport = new() { Entities = { "abnormality/consolidation" }, Seed = 7 };
    private static readonly ImageSpec _validImage = new() { Prompt = "Clear lungs.", Seed = 7 };
    private static readonly ByteString _png = ByteString.CopyFrom(ImageCodec.EncodePng(new GrayImage(64, 64, new byte[64 * 64])));

    /// <summary>Calls as a client outside the mesh makes them, through the gateway.</summary>
    public static Func<Task>[] ThroughGateway(GrpcChannel gateway, string service) => service switch
    {
        "Report" => CallsOf(new ReportService.ReportServiceClient(gateway)),
        "Diffusion" => CallsOf(new DiffusionService.DiffusionServiceClient(gateway)),
        "Curation" => CallsOf(new CurationService.CurationServiceClient(gateway)),
        "Balancer" => CallsOf(new BalancerService.BalancerServiceClient(gateway)),
        "Trainer" => CallsOf(new TrainerService.TrainerServiceClient(gateway)),
        _ => CallsOf(new EvaluatorService.EvaluatorServiceClient(gateway)),
    };

    /// <summary>Calls as the services make them among each other.</summary>
    /// <param name="peers">The addresses of the replicas, as a setting.</param>
    public static (Func<Task>[] Calls, IAsyncDisposable Owner) ThroughPeerClient(string peers, string service)
    {
        var builder = MeshHost.CreateBuilder(["--Logging:LogLevel:Default=Warning", "--Mesh:CallAttempts=1", peers], "gateway");
        return service switch
        {
            "Report" => Owned<ReportService.ReportServiceClient>(CallsOf),
            "Diffusion" => Owned<DiffusionService.DiffusionServiceClient>(CallsOf),
            "Curation" => Owned<CurationService.CurationServiceClient>(CallsOf),
            "Balancer" => Owned<BalancerService.BalancerServiceClient>(CallsOf),
            "Trainer" => Owned<TrainerService.TrainerServiceClient>(CallsOf),
            _ => Owned<EvaluatorService.EvaluatorServiceClient>(CallsOf),
        };

        (Func<Task>[], IAsyncDisposable) Owned<T>(Func<T, Func<Task>[]> calls)
            where T : ClientBase
        {
            builder.AddMeshClient<T>(service.ToLowerInvariant());
            var services = builder.Services.BuildServiceProvider();
            return (calls(services.GetRequiredService<T>()), services);
        }
    }

    private static Func<Task>[] CallsOf(ReportService.ReportServiceClient client) =>
    [
        async () => await client.WriteReportAsync(new WriteReportRequest { Spec = _validReport }),
        async () =>
        {
            using var call = client.GenerateReport(new GenerateReportRequest { Spec = _validReport });
            await ReadToEndAsync(call, answer => answer.Report is not null);
        },
    ];

    private static Func<Task>[] CallsOf(DiffusionService.DiffusionServiceClient client) =>
    [
        async () => await client.RenderImageAsync(new RenderImageRequest { Spec = _validImage }),
        async () =>
        {
            using var call = client.GenerateImage(new GenerateImageRequest { Spec = _validImage });
            await ReadToEndAsync(call, answer => answer.Image is not null);
        },
    ];

    private static Func<Task>[] CallsOf(CurationService.CurationServiceClient client) =>
        [async () => await client.AssessImageAsync(new AssessImageRequest { Image = new() { Content = _png } })];

    private static Func<Task>[] CallsOf(BalancerService.BalancerServiceClient client) =>
        [async () => await client.ListVocabulariesAsync(new ListVocabulariesRequest())];

    private static Func<Task>[] CallsOf(TrainerService.TrainerServiceClient client) =>
        [async () => await client.ListRecipesAsync(new ListRecipesRequest())];

    private static Func<Task>[] CallsOf(EvaluatorService.EvaluatorServiceClient client) =>
        [async () => await client.ListEvaluationsAsync(new ListEvaluationsRequest())];

    private static async Task ReadToEndAsync<T>(AsyncServerStreamingCall<T> call, Func<T, bool> isLast)
    {
        var whole = false;
        await foreach (var answer in call.ResponseStream.ReadAllAsync())
            whole |= isLast(answer);
        if (!whole)
            throw new InvalidDataException("the stream ended without its last part");
    }
}
