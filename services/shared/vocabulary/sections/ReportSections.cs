using System.Text;

namespace SynCxr.Mesh.Vocabulary.Sections;

/// <summary>
/// The parts of a report's text that speak of the image. Ranges count UTF-16 units of the text, in its order; headings are outside of
/// them. What is in none of the four is history, technique, comparison, advice, signature or page furniture.
/// </summary>
public sealed record ReportSections
{
    public required string Text { get; init; }

    /// <summary>What stands under FINDINGS, or under a heading that holds findings and impression together.</summary>
    public IReadOnlyList<Range> Findings { get; init; } = [];

    /// <summary>What stands under IMPRESSION, CONCLUSION, OPINION and the like.</summary>
    public IReadOnlyList<Range> Impression { get; init; } = [];

    /// <summary>What was added later, without a heading FINDINGS or IMPRESSION of its own.</summary>
    public IReadOnlyList<Range> Addendum { get; init; } = [];

    /// <summary>Statements without a heading, and a wet read that no final report replaces.</summary>
    public IReadOnlyList<Range> Unheaded { get; init; } = [];

    /// <summary>FINDINGS and then IMPRESSION with single blanks; empty where the report has neither.</summary>
    public string FindingsAndImpression => Read([.. Findings, .. Impression]);

    /// <summary>All that the report says of the image, in the order of the text.</summary>
    public IReadOnlyList<Range> Statements =>
        [.. Findings.Concat(Impression).Concat(Addendum).Concat(Unheaded).OrderBy(r => r.Start.Value)];

    /// <summary>The text of ranges, each run of white space as one blank.</summary>
    public string Read(IReadOnlyList<Range> ranges)
    {
        var read = new StringBuilder();
        foreach (var range in ranges)
        {
            foreach (var word in Text[range].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
                read.Append(read.Length == 0 ? "" : " ").Append(word);
        }

        return read.ToString();
    }
}
