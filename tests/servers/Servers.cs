using System.Diagnostics;
using Amazon.Runtime;
using Amazon.S3;
using Npgsql;
using SynCxr.Mesh.Testkit;
using Xunit.v3;

// The servers are stopped and started in the middle of tests.
[assembly: Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
[assembly: AssemblyFixture(typeof(SynCxr.Mesh.Servers.Tests.Servers))]

namespace SynCxr.Mesh.Servers.Tests;

/// <summary>Private servers for all tests here, by <c>deploy/servers/servers.sh</c>. Where they can't be had, tests say why and end; in CI that is a failure.</summary>
public sealed class Servers : IAsyncLifetime
{
    private static readonly string _script = Path.Combine(Repository.Root, "deploy", "servers", "servers.sh");
    private readonly Scratch _scratch = new();
    private string? _why;
    private Dictionary<string, string> _settings = [];

    public async ValueTask InitializeAsync()
    {
        var (code, output) = await RunAsync("start", Folder);
        if (code == 0)
            _settings = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=', 2)).ToDictionary(l => l[0], l => l[1]);
        else
            _why = output.Trim();
    }

    /// <summary>False, after a line that says why, where there are no servers.</summary>
    public bool AreThere()
    {
        if (_why is null)
            return true;
#pragma warning disable RS0030 // a test has no options to bind
        var isCi = Environment.GetEnvironmentVariable("CI") == "true";
#pragma warning restore RS0030
        if (isCi)
            throw new InvalidOperationException($"the servers must be there in CI: {_why}");
        Console.WriteLine($"not tested: {_why}");
        return false;
    }

    /// <summary>The settings of a process, with a database and a bucket that nobody else uses. Messages of an earlier test name a data set that this database doesn't hold: they are dropped.</summary>
    public async Task<string[]> FreshAsync()
    {
        var name = $"t{Guid.NewGuid():N}";
        await using (var admin = new NpgsqlConnection(_settings["Balancer:ConnectionString"]))
        {
            await admin.OpenAsync();
            await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", admin);
            await create.ExecuteNonQueryAsync();
        }

        using var s3 = new AmazonS3Client(
            new BasicAWSCredentials(_settings["Storage:AccessKey"], _settings["Storage:SecretKey"]),
            new AmazonS3Config { ServiceURL = _settings["Storage:Endpoint"], ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        await s3.PutBucketAsync(name);
        var fresh = new Dictionary<string, string>(_settings)
        {
            ["Balancer:ConnectionString"] = new NpgsqlConnectionStringBuilder(_settings["Balancer:ConnectionString"]) { Database = name }.ToString(),
            ["Storage:Bucket"] = name,
        };
        return [.. fresh.Select(s => $"--{s.Key}={s.Value}")];
    }

    public Task StopAsync(string server) => MustAsync("stop", Folder, server);

    public Task StartAsync(string server) => MustAsync("start", Folder, server);

    public async ValueTask DisposeAsync()
    {
        await RunAsync("remove", Folder);
        _scratch.Dispose();
    }

    private string Folder => _scratch["servers"];

    private static async Task MustAsync(params string[] args)
    {
        var (code, output) = await RunAsync(args);
        Assert.True(code == 0, output);
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] args)
    {
        // Into a file: the servers inherit what the script was given, and would hold a pipe open.
        var log = Path.GetTempFileName();
        try
        {
            using var process = Process.Start(new ProcessStartInfo("bash", ["-c", "exec bash \"$@\" > \"$0\" 2>&1", log, _script, .. args]))!;
            await process.WaitForExitAsync();
            return (process.ExitCode, await File.ReadAllTextAsync(log));
        }
        finally
        {
            File.Delete(log);
        }
    }
}
