namespace SynCxr.Mesh.Vocabulary.Sections;

/// <summary>A report of two sections as one text.</summary>
public static class ReportText
{
    /// <summary>Both sections under their headings.</summary>
    public static string Join(string findings, string impression) => $"FINDINGS:\n{findings}\n\nIMPRESSION:\n{impression}\n";
}
