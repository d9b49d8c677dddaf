using System.Globalization;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Vocabulary.Sections;

namespace SynCxr.Mesh.Radiographs.Layouts;

/// <summary>Reads FINDINGS and IMPRESSION of the reports of a folder, and counts what is left out of them.</summary>
internal sealed class ReportCount
{
    private int _missing, _silent, _added, _unheaded, _read;

    /// <returns>The report's parts; null where there is no report.</returns>
    public StudySections? Read(ReportSections? sections)
    {
        if (sections is null)
        {
            _missing++;
            return null;
        }

        var read = StudySections.From(sections);
        _added += read.Addendum is null ? 0 : 1;
        if (read.FindingsAndImpression is null)
            _silent++;
        else
        {
            _read++;
            _unheaded += read.Unheaded is null ? 0 : 1;
        }

        return read;
    }

    /// <summary>Refuses a set that has reports of which none could be read: nobody who asks for reports would want their absence.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: says how many there were.</exception>
    public void ThrowIfNoneReadable(string field)
    {
        if (_silent > 0 && _read == 0)
            throw MeshException.Invalid(field, string.Create(CultureInfo.InvariantCulture,
                $"has reports for {_silent} images, and none of them has FINDINGS or an IMPRESSION that can be read"));
    }

    /// <param name="images">How many images were taken.</param>
    public IEnumerable<string> Notes(int images)
    {
        if (_missing > 0 && _missing == images && _read + _silent == 0)
            yield return $"No reports were found: they are looked for beside the exams' folders, and in mimic-cxr-reports.";
        else if (_missing > 0)
            yield return Describe(_missing, "have no report");
        if (_silent > 0)
            yield return Describe(_silent, "have a report without FINDINGS and IMPRESSION; what it says without a heading was not read");
        if (_unheaded > 0)
            yield return Describe(_unheaded, "have a report with words outside of FINDINGS and IMPRESSION that were not read");
        if (_added > 0)
            yield return Describe(_added, "have a report with an addendum, which was not read");

        string Describe(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} of {images} images {what}.");
    }
}
