using System.Net;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.FileProviders.Physical;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Hosting.Lifecycle;
using SynCxr.Mesh.Hosting.Settings;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Hosting;

/// <summary>Which service this process is.</summary>
public sealed record MeshProcess(string Service);

/// <summary>The defaults of every process: options, telemetry, interceptors, health, reflection, JSON, drain.</summary>
public static class MeshHost
{
    /// <summary>A builder with everything a service needs but its own parts.</summary>
    /// <param name="args">Command line: <c>--Section:Key=value</c> overrides any setting.</param>
    /// <param name="service">A name of <see cref="MeshClients.Ports"/>; gives the default ports.</param>
    public static WebApplicationBuilder CreateBuilder(string[] args, string service)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ContentRootPath = AppContext.BaseDirectory,
        });
        CommandLineKeyValidator.RememberArguments(builder, args);
        AddPeersFile(builder);
        var port = MeshClients.Ports[service];
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(new MeshProcess(service));
        builder.Services.AddOptions<MeshOptions>()
            .Configure(o =>
            {
                o.Port = port;
                o.JsonPort = port + 100;
            })
            .BindConfiguration(MeshOptions.Section)
            .ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<MeshOptions>, MeshOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<MeshOptions>, MeshOptionsRules>();
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<MeshOptions>, TimeProvider>(ConfigureKestrel);
        builder.Services.AddOptions<HostOptions>()
            .Configure<IOptions<MeshOptions>>(
                (host, mesh) => host.ShutdownTimeout = mesh.Value.DrainDelay + mesh.Value.DrainLimit + TimeSpan.FromSeconds(5));
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = 32 * 1024 * 1024;
            grpc.MaxSendMessageSize = 32 * 1024 * 1024;
            grpc.Interceptors.Add<ErrorInterceptor>();
            grpc.Interceptors.Add<RequestContextInterceptor>();
            grpc.Interceptors.Add<DrainInterceptor>();
        }).AddJsonTranscoding(json =>
        {
            json.TypeRegistry = TypeRegistry.FromFiles(ErrorDetailsReflection.Descriptor);
            // as protobuf's JSON mapping asks: a JavaScript number would lose the last digits of a seed
            json.JsonSettings.WriteInt64sAsStrings = true;
        });
        builder.Services.AddGrpcReflection();
        AddHealth(builder.Services);
        builder.Services.AddSingleton<ConcurrencyLimiterMetrics>();
        builder.Services.AddSingleton<BatcherMetrics>();
        MeshTelemetry.AddMeshTelemetry(builder, service);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning)
            .AddFilter("System.Net.Http", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical); // "not ready yet" would be logged as an error
        return builder;
    }

    /// <summary>
    /// A service's whole program: builds, maps and runs it until it is told to stop; with <c>--health</c> first, asks the one that runs.
    /// </summary>
    /// <returns>The exit code: 0 after a drain; 2 when a setting is wrong, after one line that names it; else what a failing part
    /// set.</returns>
    public static async Task<int> RunAsync(string[] args, string service, Action<WebApplicationBuilder> add, Action<WebApplication> map)
    {
        WebApplication app;
        try
        {
            if (args is [HealthProbe.Argument, .. var rest])
                return await HealthProbe.RunAsync(rest, service);
            var builder = CreateBuilder(args, service);
            add(builder);
            app = builder.BuildMesh();
        }
        catch (Exception error) when (SettingErrorFormatter.TryDescribe(error) is { } problem)
        {
            await Console.Error.WriteLineAsync($"error: {problem}");
            return 2;
        }

        app.MapMeshDefaults();
        map(app);
        await app.RunAsync();
        return Environment.ExitCode;
    }

    /// <summary>Builds the application, the bus included, and checks every setting.</summary>
    /// <exception cref="Errors.MeshException">A command-line key is unknown.</exception>
    /// <exception cref="OptionsValidationException">A setting has an invalid value.</exception>
    public static WebApplication BuildMesh(this WebApplicationBuilder builder)
    {
        MeshBus.ConfigureMassTransit(builder);
        CommandLineKeyValidator.Validate(builder);
        var app = builder.Build();
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        return app;
    }

    /// <summary>Maps health, reflection and gRPC-Web, and says where the process listens. Call it before the service's own map.</summary>
    public static void MapMeshDefaults(this WebApplication app)
    {
        app.UseConnectionAge();
        app.UseGrpcWeb(new GrpcWebOptions { DefaultEnabled = true });
        app.MapGrpcHealthChecksService();
        app.MapGrpcReflectionService();
        app.MapPrometheusScrapingEndpoint(MeshTelemetry.MetricsPath);
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("SynCxr.Mesh.Hosting");
        app.Lifetime.ApplicationStarted.Register(
            () => Log.Listening(logger, app.Services.GetRequiredService<MeshProcess>().Service, string.Join(", ", Addresses(app))));
    }

    /// <summary>The addresses that a started application listens on: gRPC first, JSON second.</summary>
    public static IReadOnlyList<string> Addresses(WebApplication app) =>
        [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? []];

    /// <summary>Adds the file below all other sources, so that a setting given to the process itself wins.</summary>
    private static void AddPeersFile(WebApplicationBuilder builder)
    {
        const string setting = $"{MeshOptions.Section}:{nameof(MeshOptions.PeersFile)}";
        if (builder.Configuration[setting] is not { Length: > 0 } file)
            return;
        file = Path.GetFullPath(file);
        if (!File.Exists(file))
            throw Errors.MeshException.Invalid(setting, $"the file {file} does not exist");
        builder.Configuration.Sources.Insert(0, new JsonConfigurationSource
        {
            FileProvider = new PhysicalFileProvider(Path.GetDirectoryName(file)!, ExclusionFilters.None),
            Path = Path.GetFileName(file),
            ReloadOnChange = true,
        });
    }

    private static void ConfigureKestrel(KestrelServerOptions kestrel, IOptions<MeshOptions> options, TimeProvider clock)
    {
        var address = IPAddress.Parse(options.Value.Listen);
        kestrel.Listen(address, options.Value.Port, o =>
        {
            o.Protocols = HttpProtocols.Http2;
            o.Use(ConnectionAgeMiddleware.RecordOpeningTime(clock));
        });
        kestrel.Listen(address, options.Value.JsonPort, o => o.Protocols = HttpProtocols.Http1);
    }

    private static void AddHealth(IServiceCollection services)
    {
        services.AddSingleton<DrainCoordinator>();
        services.AddHostedService(p => p.GetRequiredService<DrainCoordinator>());
        services.AddGrpcHealthChecks(health =>
        {
            health.Services.Map("live", check => check.Tags.Contains("live"));
            health.Services.Map("ready", check => check.Tags.Contains("ready"));
        })
            .AddCheck("process", () => HealthCheckResult.Healthy(), ["live"])
            .AddCheck<DrainCoordinator>("drain", tags: ["ready"]);
        services.Configure<HealthCheckPublisherOptions>(o =>
        {
            o.Delay = TimeSpan.Zero;
            o.Period = TimeSpan.FromSeconds(1);
        });
    }
}
