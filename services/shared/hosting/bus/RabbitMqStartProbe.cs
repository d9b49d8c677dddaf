using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Authentication;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using SynCxr.Mesh.Hosting.Lifecycle;

namespace SynCxr.Mesh.Hosting.Bus;

/// <summary>
/// Finds out at start whether the broker takes this process: its user, its virtual host, and each of its queues as this version declares
/// them.
/// </summary>
internal sealed class RabbitMqStartProbe(IOptions<RabbitMqOptions> options, IOptions<MeshOptions> mesh, ServerWait wait)
{
    private const ushort NotAllowed = 530, AccessRefused = 403, DeclaredOtherwise = 406;
    private static readonly TimeSpan _connectLimit = TimeSpan.FromSeconds(5);
    private static readonly Dictionary<string, object?> _quorumQueue = new() { ["x-queue-type"] = "quorum" };
    private readonly ConcurrentDictionary<string, bool> _queues = new(StringComparer.Ordinal);

    private string Broker => string.Create(CultureInfo.InvariantCulture, $"The broker at {options.Value.Host}:{options.Value.Port}");

    /// <summary>Remembers a queue that the bus will declare.</summary>
    public void AddQueue(string name) => _queues[name] = true;

    /// <summary>Waits for the broker, where the bus is one.</summary>
    /// <exception cref="StartException">It refuses this process; says what, where, and what to do.</exception>
    public Task WaitAsync(CancellationToken cancellation) => mesh.Value.Bus != BusNames.RabbitMq
        ? Task.CompletedTask
        : wait.WaitAsync(Broker, $"{RabbitMqOptions.Section}:{nameof(RabbitMqOptions.Host)}", ProbeAsync, Describe, cancellation);

    private async Task ProbeAsync(CancellationToken cancellation)
    {
        var settings = options.Value;
        var factory = new ConnectionFactory
        {
            HostName = settings.Host,
            Port = settings.Port,
            VirtualHost = settings.VirtualHost,
            UserName = settings.User,
            Password = settings.Password,
            Ssl = new SslOption(settings.Host, enabled: settings.Tls),
            AutomaticRecoveryEnabled = false,
            RequestedConnectionTimeout = _connectLimit,
        };
        await using var connection = await factory.CreateConnectionAsync(cancellation);
        foreach (var queue in _queues.Keys)
        {
            await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellation);
            await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, _quorumQueue,
                cancellationToken: cancellation);
        }
    }

    private string Describe(Exception error)
    {
        var settings = options.Value;
        foreach (var cause in CausesOf(error))
        {
            switch (cause)
            {
                case AuthenticationFailureException or PossibleAuthenticationFailureException:
                    throw Fail(nameof(settings.Password), $"refuses the user '{settings.User}' or the password. Correct them", error);
                case OperationInterruptedException { ShutdownReason: { ReplyCode: NotAllowed } reason }:
                    throw Fail(nameof(settings.VirtualHost),
                        $"refuses the virtual host '{settings.VirtualHost}': {reason.ReplyText}. Make it (rabbitmqctl add_vhost), give the "
                            + "user its permissions, or name another one", error);
                case OperationInterruptedException { ShutdownReason: { ReplyCode: DeclaredOtherwise } reason }:
                    throw Fail(nameof(settings.VirtualHost),
                        $"has a queue that was declared otherwise: {reason.ReplyText}. Delete the queue, whose messages are published "
                            + "again, or name another virtual host", error);
                case OperationInterruptedException { ShutdownReason: { ReplyCode: AccessRefused } reason }:
                    throw Fail(nameof(settings.User),
                        $"lets the user '{settings.User}' declare no queues: {reason.ReplyText}. Give it the permissions (rabbitmqctl "
                            + "set_permissions)", error);
                case AuthenticationException:
                    throw Fail(nameof(settings.Tls),
                        $"offers no TLS connection that this machine accepts: {cause.Message.TrimEnd('.')}. Correct the certificate",
                        error);
            }
        }

        return CausesOf(error).Last().Message.TrimEnd('.');
    }

    private StartException Fail(string setting, string problem, Exception cause) =>
        new($"{RabbitMqOptions.Section}:{setting}: {Broker} {problem}.", cause);

    private static IEnumerable<Exception> CausesOf(Exception error) => error is AggregateException all
        ? all.InnerExceptions.SelectMany(CausesOf)
        : error.InnerException is { } inner ? [error, .. CausesOf(inner)] : [error];
}
