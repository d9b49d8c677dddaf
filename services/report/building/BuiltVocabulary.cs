using System.Globalization;
using System.Text;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Building;

/// <summary>How far a build is.</summary>
/// <param name="Pass">1 while terms are collected, 2 while entities are counted.</param>
/// <param name="Reports">Reports read so far in this pass.</param>
/// <param name="Current">Id of the last one.</param>
public sealed record VocabularyBuildProgress(int Pass, int Reports, string Current);

/// <summary>What a folder of reports speaks of.</summary>
/// <param name="Vocabulary">The five lists, the most frequent entity first in each.</param>
/// <param name="Counts">Entity id → number of reports that hold it.</param>
/// <param name="UnknownTerms">The terms that the shipped lexicon lacks, with the reports that hold them.</param>
/// <param name="Reports">Number of reports read.</param>
/// <param name="Skipped">Files that could not be read.</param>
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
        foreach (var t in UnknownTerms)
            terms.Append(CultureInfo.InvariantCulture,
                $"{t.Term}\t{t.Reports.Count}\t{t.Present.Count}\t{t.Absent.Count}\t{string.Join(' ', t.Reports)}\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "unknown-terms.tsv"), terms.ToString(), cancellation);
    }
}
