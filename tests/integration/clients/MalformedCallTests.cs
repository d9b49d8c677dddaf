using System.Net;
using System.Text;
using Google.Protobuf.Reflection;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Testkit.Calls;
using SynCxr.Mesh.Trainer.V1;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Clients;

/// <summary>Bytes that are no message, at every RPC of every service and through the gateway: one ErrorInfo each.</summary>
public sealed class MalformedCallTests(StandaloneMeshFixture mesh, GatewayFixture gateway) : IClassFixture<GatewayFixture>, IDisposable
{
    private static readonly byte[] _noMessage = [0x0A, 0xFF, 0xFF, 0xFF];
    private readonly RawCallClient _calls = new();

    public void Dispose() => _calls.Dispose();

    [Fact]
    public async Task EveryMethod_BytesThatAreNoMessage_HasOneErrorInfo()
    {
        ServiceDescriptor[] services =
        [
            ReportService.Descriptor, DiffusionService.Descriptor, CurationService.Descriptor, BalancerService.Descriptor,
            DatasetService.Descriptor, TrainerService.Descriptor, EvaluatorService.Descriptor, Grpc.Health.V1.Health.Descriptor,
        ];
        var methods = services.SelectMany(s => s.Methods).Select(m => $"/{m.Service.FullName}/{m.Name}").ToList();

        Assert.True(methods.Count > 35, $"only {methods.Count} methods");
        foreach (var method in methods)
        {
            RawCallClient.AssertReason("INVALID_FIELD", await _calls.PostGrpcAsync(mesh.Grpc, method, RawCallClient.Frame(_noMessage)));
            RawCallClient.AssertReason("MESSAGE_TOO_LARGE", await _calls.PostGrpcAsync(mesh.Grpc, method, [0, 0x7F, 0, 0, 0]));
        }

        mesh.AssertAlive();
    }

    [Fact]
    public async Task Gateway_Malformed_HasOneErrorInfo()
    {
        var address = "http://" + gateway.Channel.Target;
        foreach (var method in ReportService.Descriptor.Methods)
        {
            var path = $"/{method.Service.FullName}/{method.Name}";
            RawCallClient.AssertReason("INVALID_FIELD", await _calls.PostGrpcAsync(address, path, RawCallClient.Frame(_noMessage)));
            RawCallClient.AssertReason("INVALID_FIELD", await _calls.PostGrpcAsync(address, path, [9, 0, 0, 0, 0]));
            RawCallClient.AssertReason("INVALID_FIELD",
                await _calls.PostGrpcAsync(address, path, RawCallClient.Frame([]), ("trace-bin", "%%%")));
        }

        RawCallClient.AssertReason("INVALID_FIELD", await _calls.PostGrpcAsync(address, "/grpc.health.v1.Health/Check", [9, 0, 0, 0, 0]));
        RawCallClient.AssertReason("UNIMPLEMENTED", await _calls.PostGrpcAsync(address, "/syncxr.nothing.v1.Nothing/Get", [0, 0, 0, 0, 0]));
        RawCallClient.AssertReason("MESSAGE_TOO_LARGE",
            await _calls.PostGrpcAsync(address, "/syncxr.report.v1.ReportService/WriteReport", RawCallClient.Frame(new byte[34 << 20])));
    }

    [Theory]
    [InlineData("/v1/nothing", "{}", HttpStatusCode.NotFound, "NOT_FOUND")]
    [InlineData("/v1/reports:write", """{"spec":{"colour":1}}""", HttpStatusCode.BadRequest, "INVALID_FIELD")]
    [InlineData("/v1/reports:write?x=1", "{}", HttpStatusCode.BadRequest, "INVALID_FIELD")]
    public async Task Gateway_MalformedJson_HasOneErrorInfo(string path, string body, HttpStatusCode code, string reason)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        var (status, answer) = await _calls.SendJsonAsync(HttpMethod.Post, gateway.Json + path, content);

        Assert.Equal(code, status);
        RawCallClient.AssertReason(reason, RawCallClient.ParseStatus(answer.GetRawText()));
    }
}
