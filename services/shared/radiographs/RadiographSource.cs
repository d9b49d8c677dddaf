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
    /// What of this machine may be read for it, and what messages call its files. Default: whatever the process may read.
    /// </summary>
    [JsonIgnore]
    public DataBoundary Boundary { get; init; } = DataBoundary.Open;

    /// <summary>A path of the source as a message may show it.</summary>
    public string Describe(string path) => Boundary.Describe(path);
}
