using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Grammar;

/// <summary>
/// The seeded phrase grammar. FINDINGS come from a plan that is drawn from seed and attempt; the IMPRESSION words the plan of the accepted
/// FINDINGS again, so that sides and places agree.
/// </summary>
internal sealed class GrammarWriter : IReportWriter
{
    private const int PlanStream = 0;

    /// <summary>
    /// After so many refusals the wording gets plainer: a place beside a finding may read as another term of the glossary.
    /// </summary>
    private const int LastAttemptWithPlaces = 2;

    public string Name => ReportWriterNames.Grammar;

    public string Version => "1";

    public string Digest { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n',
            EmbeddedRuleFile.ReadLines("heads.tsv").Concat(EmbeddedRuleFile.ReadLines("templates.tsv")).Prepend("grammar 1")))));

    public bool Deterministic => true;

    public async IAsyncEnumerable<string> WriteAsync(SectionRequest task, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await Task.CompletedTask;
        var text = EnglishWording.WithAcronyms(Compose(task));
        for (var at = 0; at < text.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            var space = text.IndexOf(' ', at);
            var end = space < 0 ? text.Length : space + 1;
            yield return text[at..end];
            at = end;
        }
    }

    private static string Compose(SectionRequest task)
    {
        var request = task.Request;
        var planAttempt = task.Findings?.Number ?? task.Attempt;
        var plan = new ReportPlan(request.Entities, AttemptStream(request.Seed, PlanStream, planAttempt),
            planAttempt <= LastAttemptWithPlaces);
        var stream = AttemptStream(request.Seed, (int)task.Step, task.Attempt);
        return task.Step == ReportStep.Impression && request.Impression == ImpressionStyle.Salient
            ? new ImpressionGrammar(plan, stream).Write(task.Wanted, task.Attempt <= LastAttemptWithPlaces)
            : new FindingsGrammar(plan, stream).Write();
    }

    /// <summary>The stream of one attempt at one step of a report.</summary>
    private static SplitMix64 AttemptStream(ulong seed, int step, int attempt) =>
        new(new SplitMix64(seed).Next() ^ ((ulong)step << 32) ^ (uint)attempt);
}
