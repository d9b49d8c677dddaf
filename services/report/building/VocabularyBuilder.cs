using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Building;

/// <summary>Builds a vocabulary from a folder of real reports. Only their texts are read, never their index terms.</summary>
public static class VocabularyBuilder
{
    /// <summary>The number of reports that must hold a term or entity.</summary>
    public const int DefaultMinReports = 2;

    /// <inheritdoc cref="BuildAsync(string, int, IProgress{VocabularyBuildProgress}, CancellationToken)"/>
    public static Task<BuiltVocabulary> BuildAsync(string folder, IProgress<VocabularyBuildProgress>? progress = null,
        CancellationToken cancellation = default) =>
        BuildAsync(folder, DefaultMinReports, progress, cancellation);

    /// <summary>Reads every report twice: first to collect unknown terms, then to count the entities with those terms known.</summary>
    /// <param name="folder">Open-I <c>.xml</c> files, plain <c>.txt</c> reports, or <c>.tgz</c> archives of these.</param>
    /// <param name="minReports">Entities and terms in fewer reports are left out.</param>
    /// <param name="progress">Reported to after every report.</param>
    /// <param name="cancellation">Stops the build between two reports.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FormatException">There is no report in the folder.</exception>
    public static async Task<BuiltVocabulary> BuildAsync(
        string folder, int minReports, IProgress<VocabularyBuildProgress>? progress, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfLessThan(minReports, 1);
        var source = new ReportFolderReader(folder);
        var miner = new TermMiner();
        var reports = 0;
        await foreach (var report in source.ReadAsync(cancellation))
        {
            miner.Add(report);
            reports++;
            progress?.Report(new VocabularyBuildProgress(1, reports, report.Id));
        }

        if (reports == 0)
            throw new FormatException(
                $"There is no report in {folder} ({source.Skipped.Count} files were skipped): .xml of Open-I, .txt or a .tgz of these is "
                    + $"needed.");
        var unknown = miner.FrequentTerms(minReports);
        var mined = unknown.SelectMany(t => MinedEntityFactory.Create(t, minReports)).ToList();
        var counts = await CountEntitiesAsync(folder, new LexiconTagger(mined), progress, cancellation);
        var entities = EntityVocabulary.Shipped.Entities.Concat(mined).DistinctBy(e => e.Id)
            .Where(e => counts.GetValueOrDefault(e.Id) >= minReports).ToList();
        var ordered = MinedEntityFactory.WithMinedExclusions(entities, mined).OrderBy(e => e.Type).ThenByDescending(e => counts[e.Id])
            .ThenBy(e => e.Id, StringComparer.Ordinal);
        return new BuiltVocabulary(
            new EntityVocabulary(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), ordered), counts, unknown, reports,
            source.Skipped);
    }

    /// <summary>Counts the reports that mention each entity; a finding that is only called possible is not counted.</summary>
    private static async Task<Dictionary<string, int>> CountEntitiesAsync(
        string folder, LexiconTagger tagger, IProgress<VocabularyBuildProgress>? progress, CancellationToken cancellation)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        var reports = 0;
        await foreach (var report in new ReportFolderReader(folder).ReadAsync(cancellation))
        {
            foreach (var id in tagger.Tag(report.Text).Where(m => m.Certainty != Certainty.Uncertain).Select(m => m.EntityId).Distinct())
                counts[id] = counts.GetValueOrDefault(id) + 1;
            reports++;
            progress?.Report(new VocabularyBuildProgress(2, reports, report.Id));
        }

        return counts;
    }
}
