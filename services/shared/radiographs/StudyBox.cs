namespace SynCxr.Mesh.Radiographs;

/// <summary>A box around a finding, in shares of the image's width and height: an image that was resized keeps its boxes.</summary>
public sealed record StudyBox(string Finding, double X, double Y, double Width, double Height)
{
    /// <summary>Who drew it; null where the source does not tell.</summary>
    public string? Rater { get; init; }

    /// <summary>Whether its finding is one of the study's labels, by the policy for raters; null where there is one rater.</summary>
    public bool? IsAgreed { get; init; }

    /// <summary>The words of a report that it shows, as the source has them. Boxes of one finding and phrase are one target.</summary>
    public string? Phrase { get; init; }
}
