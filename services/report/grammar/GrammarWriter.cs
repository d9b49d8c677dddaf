using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Grammar;

/// <summary>
/// The writer <c>grammar</c>. FINDINGS come from a plan that follows from seed and attempt; the IMPRESSION is made from the plan of the
/// accepted FINDINGS again, so that sides and places agree.
/// </summary>
internal sealed class GrammarWriter : IReportWriter
{
    private const int PlanStream = 0;

    /// <summary>
    /// Later attempts put no place beside a finding: the two together may read as another term of the glossary, and be rejected again.
    /// </summary>
    private const int LastAttemptWithPlaces = 2;

    public string Name => ReportWriterNames.Grammar;

    public string Version => "1";

    public string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n',
            EmbeddedRuleFile.ReadLines(typeof(GrammarWriter).Assembly, "report/heads.tsv")
                .Concat(EmbeddedRuleFile.ReadLines(typeof(GrammarWriter).Assembly, "report/templates.tsv")).Prepend("grammar 1")))));

    public bool Deterministic => true;

    public async IAsyncEnumerable<AnswerPiece> WriteAsync(SectionRequest section, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        var text = EnglishWording.WithAcronyms(Compose(section));
        for (var start = 0; start < text.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            var space = text.IndexOf(' ', start);
            var end = space < 0 ? text.Length : space + 1;
            yield return new AnswerPiece(text[start..end]);
            start = end;
        }
    }

    private static string Compose(SectionRequest section)
    {
        var request = section.Request;
        var planAttempt = section.Findings?.Number ?? section.Attempt;
        var plan = new ReportPlan(request.Entities, AttemptStream(request.Seed, PlanStream, planAttempt),
            planAttempt <= LastAttemptWithPlaces);
        var stream = AttemptStream(request.Seed, (int)section.Step, section.Attempt);
        return section.Step == ReportStep.Impression && request.Impression == ImpressionStyle.Salient
            ? new ImpressionGrammar(plan, stream).Write(section.Wanted, section.Attempt <= LastAttemptWithPlaces)
            : new FindingsGrammar(plan, stream).Write();
    }

    /// <summary>The random stream of one attempt at one step of a report.</summary>
    private static SplitMix64 AttemptStream(ulong seed, int step, int attempt) =>
        new(new SplitMix64(seed).Next() ^ ((ulong)step << 32) ^ (uint)attempt);
}
