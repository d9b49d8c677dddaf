using SynCxr.Mesh.Vocabulary.Sections;

namespace SynCxr.Mesh.Report.Building;

/// <summary>
/// Says why nothing can be read from a report. The rules find nothing in such a one, and nothing found reads as "No Finding".
/// </summary>
public static class UnreadableReport
{
    /// <summary>The reason, as a sentence; null for a report that can be read.</summary>
    public static string? Find(ReportSections sections)
    {
        ArgumentNullException.ThrowIfNull(sections);
        if (ReportLanguageDetector.FindForeign(sections.Text) is { } language)
            return $"The text is not in English, by its common words ('{language}'); the rules read nothing else. Translate it.";
        return sections.Statements.Count > 0 ? null
            : "The text has no statement about an image, only history, technique and the like. Put statements under FINDINGS or "
                + "IMPRESSION, or behind an empty line.";
    }
}
