using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;

namespace SynCxr.Mesh.Hosting.Operations;

/// <summary>
/// What <see cref="MeshOptions.OperationsPort"/> answers, to anybody and to nothing else: <c>/metrics</c>, and <c>/live</c> and
/// <c>/ready</c> with 200 or 503. No call of the mesh is served there, and the port is for the network of those who operate.
/// </summary>
internal sealed class OperationsMiddleware(RequestDelegate next, HealthCheckService health)
{
    private static readonly object _portKey = new();

    /// <summary>Connection middleware of the operations port.</summary>
    public static ConnectionDelegate MarkConnection(ConnectionDelegate next) => connection =>
    {
        connection.Items[_portKey] = true;
        return next(connection);
    };

    public static void Use(WebApplication app)
    {
        app.UseOpenTelemetryPrometheusScrapingEndpoint(
            http => IsOperations(http) && http.Request.Path == MeshTelemetry.MetricsPath);
        app.UseMiddleware<OperationsMiddleware>();
    }

    public async Task InvokeAsync(HttpContext http)
    {
        if (!IsOperations(http))
        {
            await next(http);
            return;
        }

        var probe = http.Request.Path.Value?.TrimStart('/');
        if (probe is not ("live" or "ready"))
        {
            await RefusalWriter.WriteAsync(http, new MeshException(ErrorReasons.NotFound,
                $"The operations port answers {MeshTelemetry.MetricsPath}, /live and /ready only."));
            return;
        }

        var report = await health.CheckHealthAsync(check => check.Tags.Contains(probe), http.RequestAborted);
        http.Response.StatusCode = report.Status == HealthStatus.Healthy
            ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await http.Response.WriteAsync(report.Status == HealthStatus.Healthy ? "SERVING\n" : "NOT_SERVING\n", http.RequestAborted);
    }

    private static bool IsOperations(HttpContext http) =>
        http.Features.Get<IConnectionItemsFeature>()?.Items.ContainsKey(_portKey) == true;
}
