using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Hosting.Lifecycle;

/// <summary>
/// <c>--health</c> as first argument: asks the process of the same settings that runs on this machine whether it is <c>ready</c>, and ends
/// with 0 or 1. For what can only run a program inside the container; an orchestrator that speaks gRPC health asks itself.
/// </summary>
internal static class HealthProbe
{
    public const string Argument = "--health";

    public static async Task<int> RunAsync(string[] args, string service)
    {
        var options = MeshHost.CreateBuilder(args, service).Build().Services.GetRequiredService<IOptions<MeshOptions>>().Value;
        var address = options.Listen is "0.0.0.0" or "::" ? "127.0.0.1" : options.Listen;
        using var channel = GrpcChannel.ForAddress(new UriBuilder("http", address, options.Port).Uri);
        try
        {
            var answer = await new Health.HealthClient(channel).CheckAsync(
                new HealthCheckRequest { Service = "ready" }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(5));
            await Console.Out.WriteLineAsync($"{service} {answer.Status}");
            return answer.Status == HealthCheckResponse.Types.ServingStatus.Serving ? 0 : 1;
        }
        catch (RpcException error)
        {
            await Console.Error.WriteLineAsync($"{service} does not answer: {error.Status.Detail}");
            return 1;
        }
    }
}
