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
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using SynCxr.Mesh.Hosting.Bodies;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Hosting.Clients;
using SynCxr.Mesh.Hosting.Identity;
using SynCxr.Mesh.Hosting.Json;
using SynCxr.Mesh.Hosting.Lifecycle;
using SynCxr.Mesh.Hosting.Methods;
using SynCxr.Mesh.Hosting.Operations;
using SynCxr.Mesh.Hosting.Settings;
using SynCxr.Mesh.Hosting.Tls;
using SynCxr.Mesh.Overload;

namespace SynCxr.Mesh.Hosting;

/// <summary>Which service this process is.</summary>
public sealed record MeshProcess(string Service);

/// <summary>The defaults of every process: options, telemetry, interceptors, health, reflection, JSON, drain.</summary>
public static class MeshHost
{
    /// <summary>
    /// The largest request that any process takes, in bytes, and the largest message that its clients take; what it answers is bounded by
    /// <see cref="AnswerPage.MaxMessageBytes"/>.
    /// </summary>
    public const int MaxMessageBytes = 32 * 1024 * 1024;

    /// <summary>
    /// Threads of the thread pool that start at once: its own minimum is one a core, and two parts that wait for a file or a driver would
    /// hold up every answer, health among them, until it adds one after half a second.
    /// </summary>
    private const int MinPoolThreads = 32;

    /// <summary>What the frame of a message takes beside it.</summary>
    private const int FrameBytes = 1024;

    /// <summary>A builder with everything a service needs but its own parts.</summary>
    /// <param name="args">Command line: <c>--Section:Key=value</c> overrides any setting.</param>
    /// <param name="service">A name of <see cref="MeshClients.Ports"/>; gives the default ports.</param>
    public static WebApplicationBuilder CreateBuilder(string[] args, string service)
    {
        CommandLineKeyValidator.ValidateForm(args);
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, MinPoolThreads), completions);
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            // Settings are checked once, at start. Watching their files for changes would take some of the few that a system can watch.
            Args = [.. args, "--hostBuilder:reloadConfigOnChange=false"],
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
        builder.Services.AddOptions<TlsOptions>().BindConfiguration(TlsOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TlsOptions>, TlsOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<TlsOptions>, TlsOptionsRules>();
        builder.Services.AddSingleton<MeshCertificateStore>();
        builder.Services.AddOptions<KestrelServerOptions>().Configure<IOptions<MeshOptions>, MeshCertificateStore, TimeProvider>(
            ConfigureKestrel);
        builder.Services.AddOptions<HostOptions>()
            .Configure<IOptions<MeshOptions>>(
                (host, mesh) =>
                {
                    host.ShutdownTimeout = mesh.Value.DrainDelay + mesh.Value.DrainLimit + TimeSpan.FromSeconds(5);
                    host.ServicesStartConcurrently = true; // health is answered while a part waits for its server
                });
        builder.Services.AddSingleton<RefusalLog>();
        builder.Services.AddSingleton<TenantCallQuota>();
        IssuedTokenAuthenticator.Register(builder);
        builder.Services.AddSingleton<TokenStore>().AddSingleton<CallerAuthenticator>().AddSingleton<RequestMemoryLimiter>();
        // Who reads the lines may be stuck: then lines are lost, and no call waits.
        builder.Services.Configure<ConsoleLoggerOptions>(o => o.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = MaxMessageBytes;
            grpc.MaxSendMessageSize = AnswerPage.MaxMessageBytes;
            grpc.Interceptors.Add<ErrorInterceptor>();
            grpc.Interceptors.Add<RequestContextInterceptor>();
            grpc.Interceptors.Add<TenantQuotaInterceptor>();
            grpc.Interceptors.Add<DrainInterceptor>();
        }).AddServiceOptions<global::Grpc.Reflection.ReflectionServiceImpl>(o => o.MaxReceiveMessageSize = MethodPolicy.UsualBytes)
        .AddServiceOptions<global::Grpc.Reflection.ReflectionV1ServiceImpl>(o => o.MaxReceiveMessageSize = MethodPolicy.UsualBytes)
        .AddJsonTranscoding(json =>
        {
            json.TypeRegistry = TypeRegistry.FromFiles(ErrorDetailsReflection.Descriptor);
            // as protobuf's JSON mapping asks: a JavaScript number would lose the last digits of a seed
            json.JsonSettings.WriteInt64sAsStrings = true;
        });
        builder.Services.AddGrpcReflection();
        AddHealth(builder.Services);
        BrowserMiddleware.AddOrigins(builder.Services);
        builder.Services.AddSingleton(p => new TenantWeights(p.GetRequiredService<IOptions<MeshOptions>>().Value.TenantWeights));
        builder.Services.AddSingleton<ConcurrencyLimiterMetrics>();
        builder.Services.AddSingleton<BatcherMetrics>();
        MeshTelemetry.AddMeshTelemetry(builder, service);
        // MeshProgram says why a process ends. What callers send wrong would be logged as errors with stack traces, so
        // RefusalDetailsMiddleware logs it, and what is an error. "Not ready yet" would be logged as an error too.
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning)
            .AddFilter("System.Net.Http", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
            .AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.None)
            .AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical);
        return builder;
    }

    /// <summary>
    /// A service's whole program: builds, maps and runs it until it is told to stop. One of <see cref="ProgramSwitches"/>, anywhere among
    /// the arguments, makes it do something else and end.
    /// </summary>
    /// <returns>The exit code: 0 after a drain; 2 when a setting, a server, a port or a model is wrong, after one line that says
    /// so; 1 for a defect.</returns>
    public static async Task<int> RunAsync(string[] args, string service, Action<WebApplicationBuilder> add, Action<WebApplication> map)
    {
        WebApplication app;
        try
        {
            var settings = args.Where(a => !ProgramSwitches.All.Contains(a)).ToArray();
            if (args.Contains(ProgramSwitches.Health))
                return await HealthProbe.RunAsync(settings, service);
            var isHelp = args.Contains(ProgramSwitches.Help);
            var builder = CreateBuilder(isHelp ? [] : settings, service);
            add(builder);
            if (isHelp)
                return await ProgramSwitches.WriteHelpAsync(builder, service);
            app = builder.BuildMesh();
            if (args.Contains(ProgramSwitches.Check))
                return 0;
            app.MapMeshDefaults();
            map(app);
        }
        catch (Exception error) when (SettingErrorFormatter.TryDescribe(error) is { } problem)
        {
            await Console.Error.WriteLineAsync($"error: {problem}");
            return MeshProgram.WrongStart;
        }

        await using (app)
            return await MeshProgram.RunAsync(app);
    }

    /// <summary>Builds the application, the bus included, and checks every setting.</summary>
    /// <exception cref="Errors.MeshException">A command-line key is unknown.</exception>
    /// <exception cref="OptionsValidationException">A setting has an invalid value.</exception>
    public static WebApplication BuildMesh(this WebApplicationBuilder builder)
    {
        MeshBus.ConfigureMassTransit(builder);
        CommandLineKeyValidator.Validate(builder);
        SettingValueValidator.Validate(builder);
        var app = builder.Build();
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        return app;
    }

    /// <summary>Maps health, reflection and gRPC-Web, and says where the process listens. Call it before the service's own map.</summary>
    public static void MapMeshDefaults(this WebApplication app)
    {
        app.UseConnectionAge();
        BrowserMiddleware.Use(app);
        OperationsMiddleware.Use(app);
        app.UseGrpcWeb(new GrpcWebOptions { DefaultEnabled = true });
        app.UseMiddleware<RefusalDetailsMiddleware>();
        app.UseMiddleware<CallerMiddleware>();
        app.UseMiddleware<RequestBodyMiddleware>();
        app.UseMiddleware<JsonRequestMiddleware>();
        app.MapGrpcHealthChecksService();
        app.MapGrpcReflectionService();
        app.MapPrometheusScrapingEndpoint(MeshTelemetry.MetricsPath);
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("SynCxr.Mesh.Hosting");
        app.Lifetime.ApplicationStarted.Register(
            () => Log.Listening(logger, app.Services.GetRequiredService<MeshProcess>().Service, string.Join(", ", Addresses(app))));
    }

    /// <summary>The addresses that a started application listens on: gRPC first, JSON second, operations third where it has them.</summary>
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
            throw Errors.MeshException.Invalid(setting, Directory.Exists(file)
                ? $"'{file}' is a folder. Give a JSON file." : $"The file '{file}' does not exist.");
        try
        {
            AddJsonFile(builder, file);
        }
        catch (InvalidDataException)
        {
            throw Errors.MeshException.Invalid(setting, $"The file '{file}' can't be read as JSON with the section Peers.");
        }
        catch (UnauthorizedAccessException)
        {
            throw Errors.MeshException.Invalid(setting, $"The file '{file}' can't be read: permission denied.");
        }
    }

    private static void AddJsonFile(WebApplicationBuilder builder, string file) =>
        builder.Configuration.Sources.Insert(0, new JsonConfigurationSource
        {
            FileProvider = new PhysicalFileProvider(Path.GetDirectoryName(file)!, ExclusionFilters.None),
            Path = Path.GetFileName(file),
            ReloadOnChange = true,
        });

    private static void ConfigureKestrel(KestrelServerOptions kestrel, IOptions<MeshOptions> options, MeshCertificateStore certificates,
        TimeProvider clock)
    {
        kestrel.Limits.MaxRequestBodySize = MaxMessageBytes + FrameBytes;
        // A client waits, without a word, for a place on its connection. With twice as many places as calls it is told that there is none.
        kestrel.Limits.Http2.MaxStreamsPerConnection = 2 * options.Value.MaxCalls;
        kestrel.Limits.MaxConcurrentConnections = options.Value.MaxConnections;
        var address = IPAddress.Parse(options.Value.Listen);
        kestrel.Listen(address, options.Value.Port, o =>
        {
            o.Protocols = HttpProtocols.Http2;
            certificates.UseTls(o);
            o.Use(ConnectionAgeMiddleware.RecordOpeningTime(clock));
        });
        kestrel.Listen(address, options.Value.JsonPort, o =>
        {
            o.Protocols = HttpProtocols.Http1;
            certificates.UseTls(o);
            o.Use(BareRefusalPipeWriter.FillBareRefusals);
        });
        if (options.Value.OperationsPort is { } operations)
            kestrel.Listen(address, operations, o =>
            {
                o.Protocols = HttpProtocols.Http1;
                o.Use(OperationsMiddleware.MarkConnection);
            });
    }

    private static void AddHealth(IServiceCollection services)
    {
        services.AddSingleton<ServerWait>().AddSingleton<StartCheck>().AddSingleton<DrainCoordinator>();
        services.AddHostedService(p => p.GetRequiredService<DrainCoordinator>());
        services.AddHostedService(p => p.GetRequiredService<StartCheck>());
        services.AddGrpcHealthChecks(health =>
        {
            health.Services.Map("live", check => check.Tags.Contains("live"));
            health.Services.Map("ready", check => check.Tags.Contains("ready"));
        })
            .AddCheck("process", () => HealthCheckResult.Healthy(), ["live"])
            .AddCheck<StartCheck>("start", tags: ["ready"])
            .AddCheck<DrainCoordinator>("drain", tags: ["ready"]);
        services.Configure<HealthCheckPublisherOptions>(o =>
        {
            o.Delay = TimeSpan.Zero;
            o.Period = TimeSpan.FromSeconds(1);
        });
    }
}
