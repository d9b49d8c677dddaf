using SynCxr.Mesh.Report.Building;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Vocabulary;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Building;

public sealed class VocabularyBuilderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vocabulary-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    [Fact]
    public async Task BuildAsync_InventedFinding_IsFoundInTheReportsThatHoldIt()
    {
        string[] texts =
        [
            "There is a large zebra opacity in the left lower lobe. No pneumothorax.", "Zebra opacity. The heart is normal in size.",
            "Zebra opacities are seen. No pneumothorax.", "A zebra opacity and a small effusion.", "Stable zebra opacity, no pneumothorax.",
        ];
        for (var i = 0; i < texts.Length; i++)
            await File.WriteAllTextAsync(Path.Combine(_folder, $"r{i}.txt"), texts[i], TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder, "broken.xml"), "<a><b></a>", TestContext.Current.CancellationToken);
        var steps = new ProgressCounter();
        var built = await VocabularyBuilder.BuildAsync(_folder, steps, TestContext.Current.CancellationToken);

        var zebra = Assert.Single(built.UnknownTerms);
        Assert.Equal("zebra opacity", zebra.Term);
        Assert.Equal(["r0", "r1", "r2", "r3", "r4"], zebra.Reports);
        Assert.Equal(5, built.Counts["abnormality/zebra-opacity"]);
        Assert.Equal(3, built.Counts["non-abnormality/pneumothorax"]);
        Assert.Equal("broken.xml", Assert.Single(built.Skipped).Name);
        Assert.Equal(10, steps.Count);

        await built.WriteAsync(Path.Combine(_folder, "out"), TestContext.Current.CancellationToken);
        using var text = File.OpenText(Path.Combine(_folder, "out", "vocabulary.tsv"));
        Assert.Equal(built.Vocabulary.Digest, EntityVocabulary.Parse("again", text).Digest);
        Assert.Contains("zebra opacity\t5\t5\t0\tr0 r1 r2 r3 r4",
            await File.ReadAllTextAsync(Path.Combine(_folder, "out", "unknown-terms.tsv"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    /// <summary>Each is skipped with a reason; none is waited for, and none ends the run.</summary>
    [Fact]
    public async Task BuildAsync_FilesThatAreNone_AreSkippedByName()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "good.txt"), "Cardiomegaly.", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder, "nul.txt"), "Cardio\0megaly.", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder, "history.txt"), "HISTORY: Cough.", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(Path.Combine(_folder, "gone.txt"), Path.Combine(_folder, "nothing"));
        File.CreateSymbolicLink(Path.Combine(_folder, "zero.txt"), "/dev/zero");
        File.CreateSymbolicLink(Path.Combine(_folder, "zero.tgz"), "/dev/zero");

        var built = await VocabularyBuilder.BuildAsync(_folder, 1, null, TestContext.Current.CancellationToken);

        Assert.Equal(1, built.Reports);
        Assert.Equal(["gone.txt", "history.txt", "nul.txt", "zero.tgz", "zero.txt"], built.Skipped.Select(s => s.Name));
    }

    [Fact]
    public async Task ReadAsync_FoldersOfOtherFilesAndLanguages_AreNamedAndCounted()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "p1"));
        Directory.CreateDirectory(Path.Combine(_folder, "p2"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "p1/report.txt"), "Cardiomegaly.", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder, "p2/report.TXT"), "Effusion.", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder, "p2/german.txt"), "Kein Erguss.", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_folder, "p2/a.docx"), "x", TestContext.Current.CancellationToken);
        var reader = new ReportFolderReader(_folder);
        var ids = new List<string>();
        await foreach (var report in reader.ReadAsync(TestContext.Current.CancellationToken))
            ids.Add(report.Id);

        Assert.Equal(["p1/report", "p2/report"], ids);
        Assert.Equal(("p2/german.txt", true), (Assert.Single(reader.Skipped).Name, reader.Skipped[0].Reason.Contains("not in English",
            StringComparison.Ordinal)));
        Assert.Equal([KeyValuePair.Create(".docx", 1)], reader.Others);
    }

    [Fact]
    public async Task BuildAsync_EmptyOrMissingFolder_Throws()
    {
        await Assert.ThrowsAsync<FormatException>(
            () => VocabularyBuilder.BuildAsync(_folder, cancellation: TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<DirectoryNotFoundException>(
            () => VocabularyBuilder.BuildAsync(Path.Combine(_folder, "absent"), cancellation: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task BuildAsync_Cancelled_Stops()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "r.txt"), "Cardiomegaly.", TestContext.Current.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => VocabularyBuilder.BuildAsync(_folder, cancellation: new CancellationToken(true)));
    }

    [Fact]
    public async Task BuildAsync_OpenI_FindsManyUnknownTermsAndReportsCanBeWrittenFromIt()
    {
        if (!SharedData.TryFind("openi-reports", out var folder))
            return;
        var built = await VocabularyBuilder.BuildAsync(folder, cancellation: TestContext.Current.CancellationToken);
        Console.WriteLine(
            $"Open-I: {built.Reports} reports, {built.Vocabulary.Entities.Count} entities, {built.UnknownTerms.Count} terms that the "
                + $"shipped lexicon lacks");
        Assert.Equal(3955, built.Reports);
        Assert.Empty(built.Skipped);
        Assert.True(built.UnknownTerms.Count >= 300, $"{built.UnknownTerms.Count} unknown terms");
        Assert.All(Enum.GetValues<EntityType>(), type => Assert.Contains(built.Vocabulary.Entities, e => e.Type == type));
        Assert.All(built.Vocabulary.Entities, e => Assert.True(built.Counts[e.Id] >= VocabularyBuilder.DefaultMinReports));

        var random = new Random(1);
        var written = 0;
        for (var seed = 0UL; seed < 200; seed++)
        {
            var set = new List<Entity>();
            while (set.Count < 5)
            {
                var entity = built.Vocabulary.Entities[random.Next(built.Vocabulary.Entities.Count)];
                if (!set.Contains(entity) && !set.Exists(e => e.Contradicts(entity)))
                    set.Add(entity);
            }

            try
            {
                await new ReportGenerator().GenerateAsync(new ReportRequest
                {
                    Entities = set,
                    Glossary = built.Vocabulary.Entities,
                    Seed = seed,
                }, TestContext.Current.CancellationToken);
                written++;
            }
            catch (Errors.MeshException refusal) when (refusal.Reason == Errors.ErrorReasons.EntityCheckFailed)
            {
                Console.WriteLine(refusal.Message);
            }
        }

        Assert.True(written >= 190, $"{written} of 200 sets could be written");
    }

    private sealed class ProgressCounter : IProgress<VocabularyBuildProgress>
    {
        public int Count { get; private set; }

        public void Report(VocabularyBuildProgress value) => Count++;
    }
}
