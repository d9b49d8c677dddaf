using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Gateway;

/// <summary>Settings of the gateway. Section <c>Gateway</c>.</summary>
public sealed class GatewayOptions
{
    public const string Section = "Gateway";

    /// <summary>
    /// Calls in flight to one service, streams included, 1 to 100,000; the next one is refused and told when to come again. With
    /// authentication, tenants share them: one may have as many as are free, times its weight, so that a lone one has half. Default 1,024.
    /// </summary>
    [Range(1, 100_000)]
    public int CallsPerService { get; set; } = 1_024;

    /// <summary>
    /// How long a replica may take to answer a call of one message, or to send the first message of a stream, 100 ms to 1 h. A client's own
    /// shorter deadline holds as well. Default 5 min: an image may take minutes on a CPU.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan AnswerLimit { get; set; } = TimeSpan.FromMinutes(5);
}

[OptionsValidator]
internal sealed partial class GatewayOptionsValidator : IValidateOptions<GatewayOptions>;
