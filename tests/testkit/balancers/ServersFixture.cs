using Amazon.Runtime;
using Amazon.S3;
using Npgsql;
using Xunit;

namespace SynCxr.Mesh.Testkit.Balancers;

/// <summary>The servers of all tests here.</summary>
public sealed class ServersFixture : IAsyncLifetime
{
    private PrivateServers _servers = null!;

    public async ValueTask InitializeAsync() => _servers = await PrivateServers.StartAsync();

    /// <summary>False where the servers can't be started; a line on the console says why.</summary>
    public bool AreAvailable() => _servers.AreAvailable();

    /// <summary>
    /// The settings of a balancer, with a database and a bucket that nobody else uses. Messages of an earlier test name a data set that
    /// this database doesn't hold: they are dropped.
    /// </summary>
    public async Task<string[]> CreateSettingsAsync()
    {
        var name = $"t{Guid.NewGuid():N}";
        var settings = new Dictionary<string, string>(_servers.Settings);
        // Not pooled: a connection that was cut off when an earlier test stopped the server must not be used again.
        await using (var admin = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(settings["Balancer:ConnectionString"]) { Pooling = false }.ToString()))
        {
            await admin.OpenAsync();
            await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", admin);
            await create.ExecuteNonQueryAsync();
        }

        using var s3 = new AmazonS3Client(
            new BasicAWSCredentials(settings["Storage:AccessKey"], settings["Storage:SecretKey"]),
            new AmazonS3Config { ServiceURL = settings["Storage:Endpoint"], ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        await s3.PutBucketAsync(name);
        settings["Balancer:ConnectionString"] = new NpgsqlConnectionStringBuilder(settings["Balancer:ConnectionString"])
        {
            Database = name,
        }.ToString();
        settings["Storage:Bucket"] = name;
        return [.. settings.Where(
            s => !s.Key.StartsWith("Trainer:", StringComparison.Ordinal) && !s.Key.StartsWith("Evaluator:", StringComparison.Ordinal))
            .Select(s => $"--{s.Key}={s.Value}")];
    }

    /// <summary>A server is away for ten seconds.</summary>
    public Task InterruptAsync(string server, CancellationToken cancellation) =>
        InterruptAsync(server, () => Task.Delay(TimeSpan.FromSeconds(10), cancellation));

    /// <summary>A server is away for as long as <paramref name="meanwhile"/> takes; it is started again whatever comes of that.</summary>
    public async Task InterruptAsync(string server, Func<Task> meanwhile)
    {
        await _servers.StopAsync(server);
        try
        {
            await meanwhile();
        }
        finally
        {
            await _servers.StartAsync(server);
        }
    }

    public ValueTask DisposeAsync() => _servers.DisposeAsync();
}
