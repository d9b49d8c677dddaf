using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Gateway;

/// <summary>Settings of the gateway. Section <c>Gateway</c>.</summary>
public sealed class GatewayOptions
{
    public const string Section = "Gateway";

    /// <summary>
    /// Calls in flight to one service, streams included, 1 to 100,000; the next one is refused and told when to come again. Default 512.
    /// </summary>
    [Range(1, 100_000)]
    public int CallsPerService { get; set; } = 512;
}

[OptionsValidator]
internal sealed partial class GatewayOptionsValidator : IValidateOptions<GatewayOptions>;
