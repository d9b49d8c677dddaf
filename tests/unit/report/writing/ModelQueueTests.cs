using Grpc.Net.Client;
using Microsoft.AspNetCore.Http;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Testkit.Chat;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Writing;

/// <summary>Reports before a model that answers one conversation at a time.</summary>
public sealed class ModelQueueTests
{
    [Fact]
    public async Task WriteReport_ModelOfOnePlace_EndsOneReportBeforeTheNextIsBegun()
    {
        var opacities = new List<bool>();
        await using var server = await ScriptedOpenAiServer.StartAsync(async http =>
        {
            var isOpacity = http.Items[nameof(ScriptedOpenAiServer.Bodies)]!.ToString()!.Contains("opacity", StringComparison.Ordinal);
            lock (opacities)
                opacities.Add(isOpacity);
            await ScriptedOpenAiServer.StreamText(isOpacity ? "There is a lung opacity." : "There is cardiomegaly.")(http);
        });
        var builder = MeshHost.CreateBuilder(["--Mesh:Port=0", "--Mesh:JsonPort=0", "--Report:Writer=openai",
            $"--Report:OpenAi:Endpoint={server.Endpoint}", "--Report:OpenAi:Model=test-model", "--Report:OpenAi:Concurrency=1"], "report");
        builder.AddReport();
        await using var app = builder.BuildMesh();
        app.MapMeshDefaults();
        app.MapReport();
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var channel = GrpcChannel.ForAddress(MeshHost.Addresses(app)[0]);
        var client = new V1.ReportService.ReportServiceClient(channel);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => client.WriteReportAsync(new WriteReportRequest
        {
            Spec = new ReportSpec { Entities = { i % 2 == 0 ? "abnormality/lung-opacity" : "abnormality/cardiomegaly" }, Seed = (ulong)i },
        }, cancellationToken: TestContext.Current.CancellationToken).ResponseAsync));

        Assert.Equal(16, opacities.Count);
        Assert.All(opacities.Chunk(2), sections => Assert.Equal(sections[0], sections[1]));
    }
}
