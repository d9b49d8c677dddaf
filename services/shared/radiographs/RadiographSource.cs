using System.Text.Json.Serialization;

namespace SynCxr.Mesh.Radiographs;

/// <summary>Data to read: where they are, and how they are laid out.</summary>
/// <param name="Layout">One of <see cref="SynCxr.Mesh.Radiographs.Layouts.DataLayouts.Names"/>.</param>
/// <param name="Folder">Folder of images on this machine.</param>
/// <param name="Labels">Table of labels, CSV or CSV.gz; null for a layout that has none, or has it in the folder.</param>
/// <param name="Masks">Folder or table of masks, or null.</param>
/// <param name="Boxes">Table of boxes, or null.</param>
/// <param name="Weight">Share in a mix, relative to the other sources.</param>
/// <param name="Share">Share of its patients that is used; the patients of a smaller share are among those of a larger one.</param>
public sealed record RadiographSource(string Layout, string Folder, string? Labels = null, string? Masks = null, string? Boxes = null,
    double Weight = 1, double Share = 1)
{
    /// <summary>
    /// Which views are taken, one of <see cref="ViewNames"/>; null: <see cref="ViewNames.Frontal"/>. The JSON of a source is part of the
    /// key of a training's work folder, so these settings are left out of it where they are not given.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Views { get; init; }

    /// <summary>
    /// How labels of several raters, or rows about one image that differ, are joined, one of <see cref="RaterPolicyNames"/>; null: the
    /// layout's own way.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Raters { get; init; }

    /// <summary>What is done with one image in two classes, one of <see cref="DuplicatePolicyNames"/>; null: refuse.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Duplicates { get; init; }

    /// <summary>What is done with images that can't be read, one of <see cref="BadFilePolicyNames"/>; null: refuse.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? BadFiles { get; init; }

    /// <summary>The part of the source's own split that is taken, as the source spells it; null: all of them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Split { get; init; }

    /// <summary>
    /// What of this machine may be read for it, and what messages call its files. Default: whatever the process may read.
    /// </summary>
    [JsonIgnore]
    public DataBoundary Boundary { get; init; } = DataBoundary.Open;

    /// <summary>A path of the source as a message may show it.</summary>
    public string Describe(string path) => Boundary.Describe(path);
}
