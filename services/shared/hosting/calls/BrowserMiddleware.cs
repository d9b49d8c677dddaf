using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Errors;

namespace SynCxr.Mesh.Hosting.Calls;

/// <summary>
/// Keeps pages of other sites out. A name that its owner lets point to 127.0.0.1 (DNS rebinding) would make a page "same origin" with a
/// process on this machine: a call must come under a name of <see cref="MeshOptions.AllowedHosts"/>. What a page of another origin may call
/// is said by <see cref="MeshOptions.AllowedOrigins"/>.
/// </summary>
internal sealed class BrowserMiddleware(RequestDelegate next, IOptions<MeshOptions> options)
{
    private static readonly string[] _loopbackNames = ["localhost", "127.0.0.1", "[::1]"];

    private readonly IReadOnlyList<string> _hosts = options.Value.AllowedHosts.Count > 0 ? [.. options.Value.AllowedHosts]
        : IPAddress.IsLoopback(IPAddress.Parse(options.Value.Listen)) ? _loopbackNames : ["*"];

    /// <summary>Adds the rules of <see cref="MeshOptions.AllowedOrigins"/>; what gRPC-Web needs to read is exposed.</summary>
    public static void AddOrigins(IServiceCollection services)
    {
        services.AddCors();
        services.AddOptions<CorsOptions>().Configure<IOptions<MeshOptions>>((cors, mesh) => cors.AddDefaultPolicy(policy => policy
            .WithOrigins([.. mesh.Value.AllowedOrigins]).AllowAnyHeader().AllowAnyMethod()
            .WithExposedHeaders(RefusalWriter.StatusTrailer, RefusalWriter.MessageTrailer, RefusalWriter.DetailsTrailer,
                RefusalStatusMapping.PushBackTrailer)));
    }

    public static void Use(WebApplication app)
    {
        app.UseMiddleware<BrowserMiddleware>();
        if (app.Services.GetRequiredService<IOptions<MeshOptions>>().Value.AllowedOrigins.Count > 0)
            app.UseCors();
    }

    /// <summary>True for a host as a setting may give it: a name, an IP address, <c>*.example.org</c> or <c>*</c>; no port.</summary>
    public static bool IsHostPattern(string host) =>
        host == "*" || (Uri.CheckHostName(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host) != UriHostNameType.Unknown);

    /// <summary>True for an origin as browsers send it: scheme, host and port, and nothing after them.</summary>
    public static bool IsOrigin(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            && uri.GetLeftPart(UriPartial.Authority) == origin;

    public Task InvokeAsync(HttpContext http)
    {
        var host = http.Request.Host.Host;
        return _hosts.Any(allowed => Matches(allowed, host)) ? next(http)
            : RefusalWriter.WriteAsync(http, MeshException.Invalid("host",
                $"'{EchoedText.Shorten(host)}' is not a name of this process. Its operator can add it to Mesh:AllowedHosts."));
    }

    private static bool Matches(string allowed, string host) => allowed == "*"
        || string.Equals(allowed, host, StringComparison.OrdinalIgnoreCase)
        || (allowed.StartsWith("*.", StringComparison.Ordinal) && host.EndsWith(allowed[1..], StringComparison.OrdinalIgnoreCase));
}
