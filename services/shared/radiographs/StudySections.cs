using SynCxr.Mesh.Vocabulary.Sections;

namespace SynCxr.Mesh.Radiographs;

/// <summary>The parts of a report with single blanks; null where the report has none of it.</summary>
/// <param name="Findings">What stands under FINDINGS, or under a heading for findings and impression together.</param>
/// <param name="Impression">What stands under IMPRESSION.</param>
/// <param name="Addendum">What was added later.</param>
/// <param name="Unheaded">Statements without a heading.</param>
public sealed record StudySections(string? Findings, string? Impression, string? Addendum = null, string? Unheaded = null)
{
    /// <summary>FINDINGS and then IMPRESSION; null where the report has neither.</summary>
    public string? FindingsAndImpression => string.Join(' ', new[] { Findings, Impression }.OfType<string>()) is { Length: > 0 } text
        ? text : null;

    public static StudySections From(ReportSections sections) => new(Read(sections, sections.Findings), Read(sections, sections.Impression),
        Read(sections, sections.Addendum), Read(sections, sections.Unheaded));

    private static string? Read(ReportSections sections, IReadOnlyList<Range> ranges) =>
        sections.Read(ranges) is { Length: > 0 } text ? text : null;
}
