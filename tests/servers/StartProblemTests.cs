using System.Diagnostics;
using System.Globalization;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Npgsql;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Servers.Tests;

/// <summary>What a service with servers can't start with is one line and exit code 2; a server that is away is waited for.</summary>
public sealed class StartProblemTests(ServersFixture servers) : IDisposable
{
    private static readonly string[] _services = ["Balancer", "Trainer", "Evaluator"];
    private readonly ScratchFolder _scratch = new();

    public static TheoryData<string, string, string, string> DatabaseProblems()
    {
        var rows = new TheoryData<string, string, string, string>();
        foreach (var service in _services)
        {
            rows.Add(service, "Password", "wrong", "refuses the password of the user 'syncxr'");
            rows.Add(service, "Database", "nothing", "has no database 'nothing'");
            rows.Add(service, "Username", "nobody", "refuses the password of the user 'nobody'");
            rows.Add(service, "SSL Mode", "Require", "TLS");
        }

        return rows;
    }

    [Theory]
    [MemberData(nameof(DatabaseProblems))]
    public async Task Start_DatabaseThatRefuses_IsOneLine(string service, string key, string value, string said)
    {
        if (!servers.AreAvailable())
            return;
        var settings = await SettingsAsync(service);
        var at = settings.FindIndex(s => s.Contains(":ConnectionString=", StringComparison.Ordinal));
        var connection = new NpgsqlConnectionStringBuilder(settings[at].Split('=', 2)[1]) { [key] = value };
        settings[at] = $"--{service}:ConnectionString={connection}";

        await AssertOneLineAsync(service, settings,
            $"{service}:ConnectionString: The database server at 127.0.0.1:{connection.Port} ", said);
    }

    [Fact]
    public async Task Start_DatabaseOfAnotherService_IsOneLine()
    {
        if (!servers.AreAvailable())
            return;
        var settings = await SettingsAsync("Balancer");
        var connection = settings.First(s => s.Contains(":ConnectionString=", StringComparison.Ordinal)).Split('=', 2)[1];
        await using (var open = new NpgsqlConnection(connection))
        {
            await open.OpenAsync(TestContext.Current.CancellationToken);
            await using var table = new NpgsqlCommand("CREATE TABLE \"Datasets\" (x int); CREATE TABLE datasets (x int)", open);
            await table.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await AssertOneLineAsync("Balancer", settings, "Give each service a database of its own", "already exists");
    }

    [Theory]
    [InlineData("RabbitMq:Password", "wrong", "refuses the user 'syncxr' or the password")]
    [InlineData("RabbitMq:VirtualHost", "nothing", "refuses the virtual host 'nothing'")]
    public async Task Start_BrokerThatRefuses_IsOneLine(string setting, string value, string said)
    {
        if (!servers.AreAvailable())
            return;
        foreach (var service in _services)
        {
            var settings = await SettingsAsync(service);
            settings.RemoveAll(s => s.StartsWith($"--{setting}=", StringComparison.Ordinal));
            settings.Add($"--{setting}={value}");

            await AssertOneLineAsync(service, settings, $"{setting}: The broker at 127.0.0.1:", said);
        }
    }

    [Fact]
    public async Task Start_QueueDeclaredOtherwise_IsOneLine()
    {
        if (!servers.AreAvailable())
            return;
        var settings = await SettingsAsync("Evaluator");
        const string queue = "evaluator-evaluate-model";
        await using var broker = await ConnectAsync(settings);
        await using var channel = await broker.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);
        await channel.QueueDeleteAsync(queue, ifUnused: false, ifEmpty: false, cancellationToken: TestContext.Current.CancellationToken);
        await channel.QueueDeclareAsync(queue, durable: false, exclusive: false, autoDelete: false,
            cancellationToken: TestContext.Current.CancellationToken);
        try
        {
            await AssertOneLineAsync("Evaluator", settings, "a queue that was declared otherwise", queue);
        }
        finally
        {
            await channel.QueueDeleteAsync(queue, ifUnused: false, ifEmpty: false,
                cancellationToken: TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("postgres", "The database server at")]
    [InlineData("rabbitmq", "The broker at")]
    public async Task Start_ServerAway_IsNotReadyUntilItComes(string server, string said)
    {
        if (!servers.AreAvailable())
            return;
        var settings = await SettingsAsync("Trainer");
        SyncxrProcess? process = null;
        try
        {
            await servers.InterruptAsync(server, async () =>
            {
                process = SyncxrProcess.StartService("Trainer", settings);
                using var away = GrpcChannel.ForAddress(Address(settings));
                await UntilAsync(process, () => process.Output.Contains(said, StringComparison.Ordinal));
                Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, await CheckAsync(away, "live"));
                Assert.Equal(HealthCheckResponse.Types.ServingStatus.NotServing, await CheckAsync(away, "ready"));
            });
            using var channel = GrpcChannel.ForAddress(Address(settings));
            await channel.ConnectUntilServingAsync(() => process!.HasExited, () => process!.Output + process.Error);
            Assert.DoesNotContain("   at ", process!.Output, StringComparison.Ordinal);
            Assert.Equal(0, await process.TerminateAsync());
        }
        finally
        {
            if (process is not null)
                await process.DisposeAsync();
        }
    }

    [Fact]
    public async Task Start_ServerAwayForLongerThanTheLimit_IsOneLine()
    {
        if (!servers.AreAvailable())
            return;
        var free = TestPort.Reserve();
        var settings = await SettingsAsync("Balancer");
        settings.RemoveAll(s => s.StartsWith("--RabbitMq:Port=", StringComparison.Ordinal));

        await AssertOneLineAsync("Balancer",
            [.. settings, string.Create(CultureInfo.InvariantCulture, $"--RabbitMq:Port={free}"), "--Mesh:StartLimit=00:00:03"],
            "RabbitMq:Host: The broker at 127.0.0.1:", "(Mesh:StartLimit)");
    }

    public void Dispose() => _scratch.Dispose();

    private static async Task AssertOneLineAsync(string service, IEnumerable<string> settings, string said, string andSaid)
    {
        await using var process = SyncxrProcess.StartService(service, settings);
        var code = await process.WaitForExitAsync();
        var told = process.Output + process.Error;

        Assert.True(code == 2, $"{code}\n{told}");
        var line = Assert.Single(process.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.True(line.Contains(said, StringComparison.Ordinal) && line.Contains(andSaid, StringComparison.Ordinal), line);
        Assert.DoesNotContain("   at ", told, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", told, StringComparison.Ordinal);
    }

    private static async Task UntilAsync(SyncxrProcess process, Func<bool> condition)
    {
        for (var clock = Stopwatch.StartNew(); !condition(); await Task.Delay(100))
            Assert.True(!process.HasExited && clock.Elapsed < TimeSpan.FromSeconds(60), process.Output + process.Error);
    }

    /// <summary>The first line about a server that is away may come before the ports are open.</summary>
    private static async Task<HealthCheckResponse.Types.ServingStatus> CheckAsync(GrpcChannel channel, string service) =>
        (await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest { Service = service },
            new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30)).WithWaitForReady())).Status;

    private static string Address(IEnumerable<string> settings) =>
        "http://127.0.0.1:" + settings.First(s => s.StartsWith("--Mesh:Port=", StringComparison.Ordinal)).Split('=')[1];

    private static Task<RabbitMQ.Client.IConnection> ConnectAsync(IReadOnlyCollection<string> settings)
    {
        string Read(string key) => settings.First(s => s.StartsWith($"--RabbitMq:{key}=", StringComparison.Ordinal)).Split('=', 2)[1];
        return new RabbitMQ.Client.ConnectionFactory
        {
            HostName = Read("Host"),
            Port = int.Parse(Read("Port"), CultureInfo.InvariantCulture),
            UserName = Read("User"),
            Password = Read("Password"),
        }.CreateConnectionAsync();
    }

    /// <summary>The bus's settings, a database of the test's own, folders and ports.</summary>
    private async Task<List<string>> SettingsAsync(string service)
    {
        var all = await servers.CreateSettingsAsync();
        var folders = service switch
        {
            "Trainer" => new[] { $"--Trainer:StateFolder={_scratch["state"]}" },
            _ => [$"--{service}:StateFolder={_scratch["state"]}", $"--Storage:Root={_scratch["state"]}"],
        };
        return
        [
            .. all.Where(s => s.StartsWith("--Mesh:", StringComparison.Ordinal) || s.StartsWith("--RabbitMq:", StringComparison.Ordinal)),
            .. all.Where(s => s.StartsWith("--Balancer:", StringComparison.Ordinal))
                .Select(s => s.Replace("--Balancer:", $"--{service}:", StringComparison.Ordinal)),
            .. folders,
            string.Create(CultureInfo.InvariantCulture, $"--Mesh:Port={TestPort.Reserve()}"),
            string.Create(CultureInfo.InvariantCulture, $"--Mesh:JsonPort={TestPort.Reserve()}"),
        ];
    }
}
