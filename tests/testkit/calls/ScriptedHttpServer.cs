using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SynCxr.Mesh.Testkit.Calls;

/// <summary>
/// A replica that answers in ways in which none of ours would: an HTTP/2 port and an HTTP/1.1 port whose answers a test writes byte by
/// byte. It has no health service, so that it counts as ready while it can be reached.
/// </summary>
public sealed class ScriptedHttpServer : IAsyncDisposable
{
    private const string HealthPath = "/grpc.health.v1.Health";
    private readonly WebApplication _app;

    private ScriptedHttpServer(WebApplication app) => _app = app;

    /// <summary>Address of the HTTP/2 port.</summary>
    public string Http2 => Addresses[0].TrimEnd('/');

    /// <summary>Address of the HTTP/1.1 port.</summary>
    public string Http11 => Addresses[1].TrimEnd('/');

    private string[] Addresses => [.. _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];

    public static async Task<ScriptedHttpServer> StartAsync(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, o => o.Protocols = HttpProtocols.Http2);
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, o => o.Protocols = HttpProtocols.Http1);
        });
        var app = builder.Build();
        app.Run(http =>
        {
            if (!http.Request.Path.StartsWithSegments(HealthPath, StringComparison.Ordinal))
                return answer(http);
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        await app.StartAsync();
        return new ScriptedHttpServer(app);
    }

    /// <summary>Sends the head of a gRPC answer and one message.</summary>
    public static async Task SendGrpcMessageAsync(HttpContext http, IMessage message)
    {
        if (!http.Response.HasStarted)
            http.Response.ContentType = "application/grpc";
        await http.Response.Body.WriteAsync(RawCallClient.Frame(message.ToByteArray()));
        await http.Response.Body.FlushAsync();
    }

    /// <summary>Ends a gRPC answer as a server does that is done.</summary>
    public static void SendOk(HttpContext http) => http.Response.AppendTrailer("grpc-status", "0");

    /// <summary>Resets the stream with an HTTP/2 error code: 2 is INTERNAL_ERROR, 8 is CANCEL.</summary>
    public static void ResetStream(HttpContext http, int code) => http.Features.GetRequiredFeature<IHttpResetFeature>().Reset(code);

    /// <summary>Ends the connection as the kernel does for a process that is killed.</summary>
    public static void CutConnection(HttpContext http) => http.Features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort();

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
