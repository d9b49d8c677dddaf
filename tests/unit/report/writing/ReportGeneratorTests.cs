using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Vocabulary;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Writing;

public sealed class ReportGeneratorTests
{
    private static readonly string[] _ids =
    [
        "abnormality/consolidation", "disease/bacterial-pneumonia", "non-abnormality/pneumothorax", "non-abnormality/normal-heart-size",
        "anatomy/right-lower-lobe", "anatomy/trachea",
    ];

    [Fact]
    public async Task GenerateAsync_SameRequest_GivesTheSameReport()
    {
        var first = await new ReportGenerator().GenerateAsync(ReportRequest.FromShippedIds(7, _ids));
        var again = await new ReportGenerator().GenerateAsync(ReportRequest.FromShippedIds(7, _ids));
        var other = await new ReportGenerator().GenerateAsync(ReportRequest.FromShippedIds(8, _ids));
        Assert.Equal((first.Findings, first.Impression), (again.Findings, again.Impression));
        Assert.NotEqual(first.Findings, other.Findings);
    }

    [Fact]
    public async Task GenerateAsync_Strict_FindingsHoldExactlyTheSet()
    {
        for (var seed = 0UL; seed < 50; seed++)
        {
            var report = await new ReportGenerator().GenerateAsync(ReportRequest.FromShippedIds(seed, _ids));
            var mentions = LexiconTagger.Shipped.Tag(report.Findings);
            Assert.Superset(_ids.ToHashSet(), mentions.Select(m => m.EntityId).ToHashSet());
            Assert.Empty(mentions.Where(m => !m.Implied).Select(m => m.EntityId).Except(_ids));
            Assert.Subset(_ids.ToHashSet(), report.ImpressionEntities.ToHashSet());
        }
    }

    [Fact]
    public async Task GenerateAsync_Salient_ImpressionIsAShortSummary()
    {
        var report = await new ReportGenerator().GenerateAsync(ReportRequest.FromShippedIds(3, _ids));
        Assert.Contains("abnormality/consolidation", report.ImpressionEntities);
        Assert.Contains("disease/bacterial-pneumonia", report.ImpressionEntities);
        Assert.InRange(report.Impression.Split(' ').Length, 2, 40);
    }

    [Fact]
    public async Task GenerateAsync_All_ImpressionHoldsEveryEntity()
    {
        var report = await new ReportGenerator().GenerateAsync(
            ReportRequest.FromShippedIds(3, _ids) with { Impression = ImpressionStyle.All });
        Assert.Equal(_ids.Order(), report.ImpressionEntities.Order());
    }

    [Fact]
    public async Task StreamAsync_Tokens_JoinToTheAttempts()
    {
        var tokens = new Dictionary<(ReportStep, int), string>();
        var attempts = new List<ReportAttempt>();
        ReportResult? report = null;
        await foreach (var reportEvent in new ReportGenerator().StreamAsync(ReportRequest.FromShippedIds(11, _ids)))
        {
            Assert.Null(report);
            switch (reportEvent)
            {
                case ReportEvent.Token t:
                    tokens[(t.Step, t.Attempt)] = tokens.GetValueOrDefault((t.Step, t.Attempt), "") + t.Text;
                    break;
                case ReportEvent.AttemptEnded a:
                    attempts.Add(a.Attempt);
                    break;
                case ReportEvent.Finished f:
                    report = f.Report;
                    break;
                default:
                    Assert.Fail($"unknown event {reportEvent}");
                    break;
            }
        }

        Assert.Equal(attempts, report!.Attempts);
        Assert.All(attempts, a => Assert.Equal(a.Text, tokens[(a.Step, a.Number)].Trim()));
    }

    [Fact]
    public async Task GenerateAsync_AttemptsRejected_AreRecordedAndTheNextOneIsTried()
    {
        var report = await new ReportGenerator(
            new ScriptedWriter("Cardiomegaly.", "Possible consolidation.", "Consolidation.")).GenerateAsync(
            ReportRequest.FromShippedIds(1, "abnormality/consolidation"));
        Assert.Equal([false, false, true, true], report.Attempts.Select(a => a.Accepted));
        Assert.Equal(["abnormality/consolidation"], report.Attempts[0].Missing);
        Assert.Equal(["abnormality/cardiomegaly"], report.Attempts[0].Extra);
        Assert.Equal(["abnormality/consolidation"], report.Attempts[1].Missing);
    }

    [Theory]
    [InlineData("Consolidation.<|endoftext|>")]
    [InlineData("<|STARTOFTEXT|> Consolidation.")]
    [InlineData("Consolidation. <|im_end|>")]
    [InlineData("Consolidation. <|\n|>")]
    public async Task GenerateAsync_TextWithTheNameOfASpecialToken_IsAnAttempt(string text)
    {
        var report = await new ReportGenerator(new ScriptedWriter(text, "Consolidation.", text, "Consolidation.")).GenerateAsync(
            ReportRequest.FromShippedIds(1, "abnormality/consolidation"));
        Assert.Equal([false, true, false, true], report.Attempts.Select(a => a.Accepted));
        Assert.Equal(("Consolidation.", "Consolidation."), (report.Findings, report.Impression));
        Assert.Contains("which generators read as a special token", report.Attempts[0].Fault?.Problem);
        Assert.Null(report.Attempts[1].Fault?.Problem);
    }

    [Fact]
    public async Task GenerateAsync_EveryAttemptWithTheNameOfASpecialToken_FailsWithItsReason()
    {
        var error = await Assert.ThrowsAsync<MeshException>(() => new ReportGenerator(
            new ScriptedWriter("Consolidation <|endoftext|>.")).GenerateAsync(
                ReportRequest.FromShippedIds(1, "abnormality/consolidation") with { Matching = MatchingMode.Lenient }));
        Assert.Equal(ErrorReasons.EntityCheckFailed, error.Reason);
        Assert.Contains("holds '<|endoftext|>', which generators read as a special token", error.Message);
    }

    [Theory]
    [InlineData("Nodule < 3 mm | unchanged > 2 years.")]
    [InlineData("Density <|> 3")]
    public void FindProblem_OrdinaryText_IsNone(string text) => Assert.Null(SpecialTokenNameCheck.FindProblem(text));

    [Fact]
    public async Task GenerateAsync_LimitReached_FailsWithEveryAttempt()
    {
        var error = await Assert.ThrowsAsync<MeshException>(() => new ReportGenerator(new ScriptedWriter("Normal chest.")).GenerateAsync(
            ReportRequest.FromShippedIds(1, "abnormality/consolidation") with { MaxAttempts = 3 }));
        Assert.Equal(ErrorReasons.EntityCheckFailed, error.Reason);
        Assert.Equal(3, ((ReportAttempt[])error.Data["attempts"]!).Length);
    }

    [Fact]
    public async Task GenerateAsync_Lenient_AllowsMoreButNotTheOpposite()
    {
        var request = ReportRequest.FromShippedIds(1, "abnormality/consolidation") with
        {
            Matching = MatchingMode.Lenient,
            MaxAttempts = 1
        };
        Assert.NotNull(await new ReportGenerator(new ScriptedWriter("Consolidation. Cardiomegaly. No effusion.")).GenerateAsync(request));
        await Assert.ThrowsAsync<MeshException>(
            () => new ReportGenerator(new ScriptedWriter("Consolidation. No consolidation.")).GenerateAsync(request));
        await Assert.ThrowsAsync<MeshException>(() => new ReportGenerator(new ScriptedWriter("Cardiomegaly.")).GenerateAsync(request));
    }

    [Fact]
    public async Task GenerateAsync_EntityOfAGlossary_IsWrittenAndFound()
    {
        var zebra = new Entity("abnormality/zebra-opacity", "zebra opacity", EntityType.Abnormality, "zebra-opacity", "lung", [], []);
        var report = await new ReportGenerator().GenerateAsync(new ReportRequest { Entities = [zebra], Glossary = [zebra], Seed = 4 });
        Assert.Contains("zebra opacity", report.Findings, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(["abnormality/zebra-opacity"], report.FindingsEntities);
    }

    [Theory]
    [InlineData("spec.entities")]
    [InlineData("spec.entities[1]", "abnormality/consolidation", "abnormality/consolidation")]
    [InlineData("spec.entities[1]", "abnormality/consolidation", "non-abnormality/consolidation")]
    [InlineData("spec.entities[2]", "abnormality/pacemaker", "non-abnormality/clear-lungs", "disease/viral-pneumonia")]
    [InlineData("spec.entities[1]", "non-disease/pneumonia", "disease/bacterial-pneumonia")]
    public void StreamAsync_ImpossibleSet_NamesTheField(string field, params string[] ids)
    {
        var refusal = Assert.Throws<MeshException>(() => new ReportGenerator().StreamAsync(ReportRequest.FromShippedIds(1, ids)));
        Assert.Equal(field, Assert.Single(refusal.Fields).Field);
    }

    [Fact]
    public void StreamAsync_TooManyEntities_NamesTheField()
    {
        var many = Enumerable.Range(0, 10_000)
            .Select(i => new Entity($"anatomy/{i}", $"place {i}", EntityType.Anatomy, $"{i}", "lung", [], [])).ToList();
        var refusal = Assert.Throws<MeshException>(() => new ReportGenerator().StreamAsync(new ReportRequest { Entities = many }));
        Assert.Equal("spec.entities", Assert.Single(refusal.Fields).Field);
    }

    /// <summary>Writes the given texts, one for each attempt, then the last one again and again.</summary>
    private sealed class ScriptedWriter(params string[] texts) : IReportWriter
    {
        private int _next;

        public string Name => "scripted";

        public string Version => "1";

        public string Digest => "";

        public bool Deterministic => true;

        public async IAsyncEnumerable<AnswerPiece> WriteAsync(
            SectionRequest section, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
        {
            await Task.CompletedTask;
            yield return new AnswerPiece(texts[Math.Min(_next++, texts.Length - 1)]);
        }
    }
}
