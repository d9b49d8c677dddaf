namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>How labels are spelt: lower case, spaces.</summary>
public static class LabelNormaliser
{
    public static string Normalise(string label) => label.Trim().Replace('_', ' ').ToLowerInvariant();
}
