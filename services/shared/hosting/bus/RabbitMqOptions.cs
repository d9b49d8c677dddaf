using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Hosting.Bus;

/// <summary>Where the broker is, for <c>Mesh:Bus</c> <c>rabbitmq</c>. Section <c>RabbitMq</c>.</summary>
public sealed class RabbitMqOptions
{
    public const string Section = "RabbitMq";

    /// <summary>Name or address. Default 127.0.0.1.</summary>
    [Required]
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>Port for AMQP, 1 to 65535. Default 5672.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 5672;

    /// <summary>Virtual host. Default <c>/</c>.</summary>
    [Required]
    public string VirtualHost { get; set; } = "/";

    /// <summary>User; no default.</summary>
    public string User { get; set; } = "";

    /// <summary>Password; no default.</summary>
    public string Password { get; set; } = "";

    /// <summary>A connection that is silent for twice this long counts as broken, 1 s to 5 min. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Speak AMQP over TLS; the broker's certificate must be for <see cref="Host"/>. Default false.</summary>
    public bool Tls { get; set; }
}

[OptionsValidator]
internal sealed partial class RabbitMqOptionsValidator : IValidateOptions<RabbitMqOptions>;

/// <summary>Rules across sections: where RabbitMQ is the bus, a user and a password are required.</summary>
internal sealed class RabbitMqOptionsRules(IOptions<MeshOptions> mesh) : IValidateOptions<RabbitMqOptions>
{
    public ValidateOptionsResult Validate(string? name, RabbitMqOptions options)
    {
        if (mesh.Value.Bus != BusNames.RabbitMq)
            return ValidateOptionsResult.Success;
        var missing = new[] { ("RabbitMq:User", options.User), ("RabbitMq:Password", options.Password) }.Where(s => s.Item2.Length == 0)
            .Select(s => $"{s.Item1} is not given; it is required, since Mesh:Bus is '{BusNames.RabbitMq}'").ToList();
        return missing.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(missing);
    }
}
