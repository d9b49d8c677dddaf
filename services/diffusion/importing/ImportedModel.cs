using SynCxr.Mesh.Models;

namespace SynCxr.Mesh.Diffusion.Importing;

/// <summary>What the caller of an import chooses; null takes what the folder says, else the usual value.</summary>
public sealed record ModelImportSettings
{
    /// <summary>Name that requests refer to the model by; the folder's name where null.</summary>
    public string? Name { get; init; }

    /// <summary>The licence that the card names; where null that of the folder's README.md.</summary>
    public string? Licence { get; init; }

    /// <summary>Where null <see cref="UsualVersion"/>.</summary>
    public string? Version { get; init; }

    /// <summary>Default number of denoising steps; where null <see cref="UsualSteps"/>.</summary>
    public int? Steps { get; init; }

    /// <summary>Default scale of classifier-free guidance, 1 to 50; where null <see cref="UsualGuidance"/>.</summary>
    public double? Guidance { get; init; }

    /// <summary>Default side of an image in pixels; where null what the U-Net was trained on, else <see cref="UsualSide"/>.</summary>
    public int? Side { get; init; }

    public const string UsualVersion = ModelCard.UsualVersion;

    /// <summary>diffusers' number of steps for Stable Diffusion.</summary>
    public const int UsualSteps = 50;

    /// <summary>diffusers' guidance for Stable Diffusion.</summary>
    public const double UsualGuidance = 7.5;

    /// <summary>Side in pixels that the pipeline of exports without configs has built in.</summary>
    public const int UsualSide = 512;

    /// <summary>What a card says where neither the caller nor the folder names a licence.</summary>
    public const string LicenceNotStated = ModelCard.LicenceNotStated;
}

/// <summary>A model that was copied, checked and made ready to be rendered with.</summary>
public sealed record ImportedModel
{
    /// <summary>Its folder.</summary>
    public required string Path { get; init; }

    public required ModelCard Card { get; init; }

    public required string Digest { get; init; }

    /// <summary>Bytes of the files that were taken over.</summary>
    public required long Bytes { get; init; }

    /// <summary>How many of them share their bytes on the disk with the folder that they come from.</summary>
    public required int LinkedFiles { get; init; }

    /// <summary>Files and folders that are no part of the model.</summary>
    public required IReadOnlyList<string> LeftOut { get; init; }

    /// <summary>What whoever uses it should know of its files, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>PNG of the trial: one guided step at the smallest size that the graphs take.</summary>
    public required string TrialImage { get; init; }

    /// <summary>Width and height of the trial, in pixels.</summary>
    public required (int Width, int Height) TrialSize { get; init; }
}
