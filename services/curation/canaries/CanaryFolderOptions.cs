using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SynCxr.Mesh.Curation.Canaries;

/// <summary>Pictures that the judge is tried with. Section <c>Curation:Canaries</c>.</summary>
public sealed class CanaryFolderOptions
{
    public const string Section = "Curation:Canaries";

    /// <summary>
    /// Folder with pictures (PNG, JPEG) that must be accepted, in <c>good/</c>, and that must be rejected, in <c>bad/</c>; absolute or
    /// relative to the program. Default: none, and nobody can tell whether the judge drifts.
    /// </summary>
    public string Folder { get; set; } = "";

    /// <summary>
    /// Pictures of each kind that the judge must get right at its start; with fewer the process stops. With few of them a judge that learns
    /// could know them by heart. 1 to 10,000, default 8.
    /// </summary>
    [Range(1, 10_000)]
    public int LeastOfKind { get; set; } = 8;

    /// <summary>MiB that the files may have together; they are held in memory. 1 to 65536, default 512.</summary>
    [Range(1, 65_536)]
    public int MaxMiB { get; set; } = 512;
}

[OptionsValidator]
internal sealed partial class CanaryFolderOptionsValidator : IValidateOptions<CanaryFolderOptions>;
