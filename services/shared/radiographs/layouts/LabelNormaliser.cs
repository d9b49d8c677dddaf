namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>Brings labels to one spelling: lower case, spaces for underscores.</summary>
public static class LabelNormaliser
{
    public static string Normalise(string label) => label.Trim().Replace('_', ' ').ToLowerInvariant();
}
