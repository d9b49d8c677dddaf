using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Hosting.Lifecycle;

/// <summary>
/// With <c>--health</c> as its first argument a service asks the process that runs on this machine with the same settings whether it is
/// <c>ready</c>, and exits with 0 or 1. For container engines that can only run a program; Kubernetes calls gRPC health itself.
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
