using System.Globalization;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Tls;

namespace SynCxr.Mesh.Hosting.Lifecycle;

/// <summary>
/// With <c>--health</c> among its arguments a service asks the process that runs on this machine with the same settings whether it is
/// <c>ready</c>, and exits with 0 or 1. For container engines that can only run a program; Kubernetes asks the operations port itself.
/// </summary>
internal static class HealthProbe
{
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(string[] args, string service)
    {
        await using var app = MeshHost.CreateBuilder(args, service).Build();
        var options = app.Services.GetRequiredService<IOptions<MeshOptions>>().Value;
        var address = options.Listen is "0.0.0.0" or "::" ? "127.0.0.1" : options.Listen;
        try
        {
            var (isReady, answer) = options.OperationsPort is { } port
                ? await AskOperationsAsync(new UriBuilder("http", address, port, "ready").Uri)
                : app.Services.GetRequiredService<IOptions<TlsOptions>>().Value.IsOn
                    ? (false, "has no Mesh:OperationsPort; over TLS it can't be asked without one")
                : await AskGrpcAsync(new UriBuilder("http", address, options.Port).Uri);
            await Console.Out.WriteLineAsync($"{service} {answer}");
            return isReady ? 0 : 1;
        }
        catch (RpcException error)
        {
            await Console.Error.WriteLineAsync($"{service} does not answer: {error.Status.Detail}");
            return 1;
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"{service} does not answer: {error.Message}");
            return 1;
        }
    }

    private static async Task<(bool IsReady, string Answer)> AskOperationsAsync(Uri address)
    {
        using var http = new HttpClient { Timeout = _limit };
        using var answer = await http.GetAsync(address);
        return (answer.IsSuccessStatusCode, string.Create(CultureInfo.InvariantCulture, $"{(int)answer.StatusCode}"));
    }

    private static async Task<(bool IsReady, string Answer)> AskGrpcAsync(Uri address)
    {
        using var channel = GrpcChannel.ForAddress(address);
        var answer = await new Health.HealthClient(channel).CheckAsync(
            new HealthCheckRequest { Service = "ready" }, deadline: TimeProvider.System.GetUtcNow().UtcDateTime + _limit);
        return (answer.Status == HealthCheckResponse.Types.ServingStatus.Serving, answer.Status.ToString());
    }
}
