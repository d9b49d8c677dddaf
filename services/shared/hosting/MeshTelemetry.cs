using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace SynCxr.Mesh.Hosting;

/// <summary>Traces and metrics through gRPC and messages. Every source and meter of ours is named <c>SynCxr.Mesh.…</c>.</summary>
public static class MeshTelemetry
{
    /// <summary>Where Prometheus scrapes, on the JSON port: the gRPC port speaks HTTP/2 only. No tenant, token or text is in it.</summary>
    public const string MetricsPath = "/metrics";

    internal static void AddMeshTelemetry(IHostApplicationBuilder builder, string service)
    {
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(r => r.AddService($"syncxr-{service}"))
            .WithTracing(t => t
                .AddSource("SynCxr.Mesh.*", "MassTransit")
                .AddAspNetCoreInstrumentation(o => o.Filter = c => !c.Request.Path.StartsWithSegments("/grpc.health.v1.Health"))
                .AddHttpClientInstrumentation())
            .WithMetrics(m => m
                .AddMeter("SynCxr.Mesh.*", "MassTransit")
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddPrometheusExporter());
        if (builder.Configuration[$"{MeshOptions.Section}:{nameof(MeshOptions.OtlpEndpoint)}"] is { Length: > 0 } endpoint
            && Uri.TryCreate(endpoint, UriKind.Absolute, out var address)) // the check of all settings refuses another value
            telemetry.UseOtlpExporter(OtlpExportProtocol.Grpc, address);
    }
}
