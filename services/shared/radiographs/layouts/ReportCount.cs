using System.Globalization;
using SynCxr.Mesh.Vocabulary.Sections;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>Reads FINDINGS and IMPRESSION of the reports of a folder, and counts what is left out of them.</summary>
internal sealed class ReportCount
{
    private int _missing, _silent, _added;

    /// <returns>FINDINGS and IMPRESSION with single blanks; null where there is no report, or it has neither.</returns>
    public string? Read(ReportSections? sections)
    {
        if (sections is null)
        {
            _missing++;
            return null;
        }

        _added += sections.Addendum.Count > 0 ? 1 : 0;
        if (sections.FindingsAndImpression is { Length: > 0 } report)
            return report;
        _silent++;
        return null;
    }

    /// <param name="images">How many images were taken.</param>
    public IEnumerable<string> Notes(int images)
    {
        if (_missing > 0)
            yield return Describe(_missing, "have no report");
        if (_silent > 0)
            yield return Describe(_silent, "have a report without FINDINGS and IMPRESSION; what it says without a heading was not read");
        if (_added > 0)
            yield return Describe(_added, "have a report with an addendum, which was not read");

        string Describe(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} of {images} images {what}.");
    }
}
