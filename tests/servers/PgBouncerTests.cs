using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using SynCxr.Mesh.Balancer.Rows;
using SynCxr.Mesh.Database;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Balancers;

namespace SynCxr.Mesh.Servers.Tests;

/// <summary>Between the processes and PostgreSQL stands PgBouncer in transaction mode, which gives a session to nobody.</summary>
public sealed class PgBouncerTests(ServersFixture servers) : IDisposable
{
    private const string Program = "/usr/sbin/pgbouncer";
    private readonly ScratchFolder _scratch = new();
    private Process? _pool;

    public void Dispose()
    {
        _pool?.Kill();
        _pool?.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Migrate_ManyAtOnceOverFewConnections_IsDoneOnceAndLeavesNoLock()
    {
        if (!servers.AreAvailable() || !Prerequisite.IsPresent(Program, "apt-get install pgbouncer"))
            return;
        var direct = new NpgsqlConnectionStringBuilder((await servers.CreateSettingsAsync())
            .First(s => s.Contains("ConnectionString", StringComparison.Ordinal)).Split('=', 2)[1]);
        var pooled = new NpgsqlConnectionStringBuilder(direct.ToString()) { Port = await StartPoolAsync(direct) };
        var options = new Balancer.BalancerOptions { Database = DatabaseNames.Postgres, ConnectionString = pooled.ToString() };

        await Task.WhenAll(Enumerable.Range(0, 8)
            .Select(_ => BalancerDb.Open(options, TimeProvider.System).MigrateAsync(TestContext.Current.CancellationToken)))
            .WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        await using var db = BalancerDb.Open(options, TimeProvider.System).CreateContext();
        Assert.Empty(await db.Database.GetPendingMigrationsAsync(TestContext.Current.CancellationToken));
        await using var server = new NpgsqlConnection(direct.ToString());
        await server.OpenAsync(TestContext.Current.CancellationToken);
        await using var locks = new NpgsqlCommand(
            "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE locktype = 'advisory' AND datname = @name",
            server);
        locks.Parameters.AddWithValue("name", direct.Database!);
        Assert.Equal(0L, await locks.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    private async Task<int> StartPoolAsync(NpgsqlConnectionStringBuilder server)
    {
        var port = TestPort.Reserve();
        await File.WriteAllTextAsync(_scratch["users.txt"], $"\"{server.Username}\" \"{server.Password}\"\n");
        await File.WriteAllTextAsync(_scratch["pgbouncer.ini"], string.Create(CultureInfo.InvariantCulture, $"""
            [databases]
            * = host=127.0.0.1 port={server.Port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = scram-sha-256
            auth_file = {_scratch["users.txt"]}
            pool_mode = transaction
            default_pool_size = 3
            ignore_startup_parameters = extra_float_digits

            """));
        using (var open = Process.Start("chmod", ["-R", "a+rX", _scratch.Path]))
            await open.WaitForExitAsync();
        // it refuses to run as root
        _pool = Process.Start("setpriv", ["--reuid", "postgres", "--regid", "postgres", "--clear-groups", Program, "-q",
            _scratch["pgbouncer.ini"]]);
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            try
            {
                using var probe = new TcpClient("127.0.0.1", port);
                return port;
            }
            catch (SocketException) when (clock.Elapsed < TimeSpan.FromSeconds(10) && !_pool.HasExited)
            {
                // it starts
            }
        }
    }
}
