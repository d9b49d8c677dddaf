using System.Globalization;
using System.Text;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Building;

/// <summary>Progress of a build.</summary>
/// <param name="Pass">1 while unknown terms are collected, 2 while entities are counted.</param>
/// <param name="Reports">Reports read so far in this pass.</param>
/// <param name="Current">Id of the report that was read last.</param>
public sealed record VocabularyBuildProgress(int Pass, int Reports, string Current);

/// <summary>The vocabulary of a folder of reports.</summary>
/// <param name="Vocabulary">The five lists, the most frequent entity first in each.</param>
/// <param name="Counts">Entity id → number of reports that mention it.</param>
/// <param name="UnknownTerms">Terms that the shipped vocabulary lacks, with the reports that hold them.</param>
/// <param name="Reports">Number of reports read.</param>
/// <param name="Skipped">Files that could not be read, with the reason.</param>
public sealed record BuiltVocabulary(
    EntityVocabulary Vocabulary,
    IReadOnlyDictionary<string, int> Counts,
    IReadOnlyList<UnknownTerm> UnknownTerms,
    int Reports,
    IReadOnlyList<SkippedFile> Skipped)
{
    /// <summary>
    /// Writes <c>vocabulary.tsv</c>, <c>counts.tsv</c> (entity, reports) and <c>unknown-terms.tsv</c> (term, reports, present, absent,
    /// ids).
    /// </summary>
    public async Task WriteAsync(string folder, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "vocabulary.tsv"), Vocabulary.ToTsv(), cancellation);
        var counts = new StringBuilder("entity\treports\n");
        foreach (var entity in Vocabulary.Entities)
            counts.Append(CultureInfo.InvariantCulture, $"{entity.Id}\t{Counts[entity.Id]}\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "counts.tsv"), counts.ToString(), cancellation);
        var terms = new StringBuilder("term\treports\tpresent\tabsent\tids\n");
        foreach (var term in UnknownTerms)
            terms.Append(CultureInfo.InvariantCulture,
                $"{term.Term}\t{term.Reports.Count}\t{term.Present.Count}\t{term.Absent.Count}\t{string.Join(' ', term.Reports)}\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "unknown-terms.tsv"), terms.ToString(), cancellation);
    }
}
