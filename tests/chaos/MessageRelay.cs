using System.Globalization;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace SynCxr.Mesh.Chaos.Tests;

/// <summary>
/// Stands in the broker between what balancers publish and the queues that they read, and passes each message on as often as it is told:
/// the processes know nothing of it.
/// </summary>
internal sealed class MessageRelay : IAsyncDisposable
{
    private static readonly (string Message, string Endpoint)[] _routes =
    [
        ("SynCxr.Mesh.Balancer.Messages:AssemblePair", "balancer-assemble-pair"),
        ("SynCxr.Mesh.Balancer.Messages:DeduplicateShard", "balancer-deduplicate-shard"),
    ];

    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly Func<int, int> _copies;
    private int _seen;
    private int _delivered;

    private MessageRelay(IConnection connection, IChannel channel, Func<int, int> times) =>
        (_connection, _channel, _copies) = (connection, channel, times);

    /// <summary>Messages that were published.</summary>
    public int Seen => _seen;

    /// <summary>Messages that the queues got.</summary>
    public int Delivered => _delivered;

    /// <param name="servers">Settings as <see cref="ServersFixture"/> gives them.</param>
    /// <param name="times">How often the nth message is passed on, from 1.</param>
    public static async Task<MessageRelay> StartAsync(string[] servers, Func<int, int> times)
    {
        var settings = servers.Select(s => s.TrimStart('-').Split('=', 2)).ToDictionary(s => s[0], s => s[1]);
        var factory = new ConnectionFactory
        {
            HostName = settings["RabbitMq:Host"],
            Port = int.Parse(settings["RabbitMq:Port"], CultureInfo.InvariantCulture),
            UserName = settings["RabbitMq:User"],
            Password = settings["RabbitMq:Password"],
        };
        var connection = await factory.CreateConnectionAsync();
        var relay = new MessageRelay(connection, await connection.CreateChannelAsync(), times);
        foreach (var (message, endpoint) in _routes)
            await relay.InterceptAsync(message, endpoint);
        return relay;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (message, endpoint) in _routes)
            await _channel.ExchangeBindAsync(endpoint, message, "");
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private async Task InterceptAsync(string message, string endpoint)
    {
        var queue = (await _channel.QueueDeclareAsync()).QueueName; // exclusive: it goes with the connection
        var consumer = new AsyncEventingBasicConsumer(_channel);
        consumer.ReceivedAsync += async (_, taken) =>
        {
            var (properties, body) = (new BasicProperties(taken.BasicProperties), taken.Body.ToArray());
            for (var left = _copies(Interlocked.Increment(ref _seen)); left > 0; left--)
            {
                await _channel.BasicPublishAsync(endpoint, "", mandatory: false, properties, body);
                Interlocked.Increment(ref _delivered);
            }
        };
        await _channel.QueueBindAsync(queue, message, "");
        await _channel.ExchangeUnbindAsync(endpoint, message, "");
        await _channel.BasicConsumeAsync(queue, autoAck: true, consumer);
    }
}
