using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Balancer.Canaries;

/// <summary>
/// How often the judge of a data set is tried with a picture whose verdict is known. Section <c>Balancer:Canaries</c>. No setting changes a
/// byte of the data set.
/// </summary>
public sealed class CanaryOptions
{
    public const string Section = "Balancer:Canaries";

    /// <summary>
    /// Share of canaries among the pictures that the judge sees, while a data set is small: 0 to 0.5, 0 for none. Default 0.25: one for
    /// three pairs. After a canary that was judged wrongly it is a half until enough are right again. Where the curation service has no
    /// canaries (<c>Curation:Canaries:Folder</c>), none are sent.
    /// </summary>
    [Range(0, 0.5)]
    public double Share { get; set; } = 0.25;

    /// <summary>
    /// Pairs, by their index, up to which a data set is small; from there on the share falls as 1 to the index, down to
    /// <see cref="LeastShare"/>. 1 to 10,000,000, default 2,000.
    /// </summary>
    [Range(1, 10_000_000)]
    public int SmallPairs { get; set; } = 2_000;

    /// <summary>Share that is kept up for ever, 0 to 0.5; at most <see cref="Share"/>. Default 0.05.</summary>
    [Range(0, 0.5)]
    public double LeastShare { get; set; } = 0.05;

    /// <summary>
    /// Share of wrong verdicts on canaries that a judge may have, above 0 to 0.05. Default 0.002: one that computes the same each time has
    /// none, one that samples has a few. With a larger one it takes longer until a drift is sure.
    /// </summary>
    [Range(0.000_1, 0.05)]
    public double ToleratedShare { get; set; } = 0.002;
}

[OptionsValidator]
internal sealed partial class CanaryOptionsValidator : IValidateOptions<CanaryOptions>;
