using System.Runtime.CompilerServices;
using System.Text;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.Grammar;
using SynCxr.Mesh.Vocabulary;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>
/// The paper's two steps, FINDINGS then IMPRESSION, each written, checked for exactly the wanted entities, and written again until it
/// passes or the cap is reached. Usable without a host: <c>await new ReportWriter().WriteAsync(ReportRequest.Of(seed, ids))</c>.
/// </summary>
public sealed class ReportGenerator(IReportWriter? model = null, IEntityCheck? check = null)
{
    private static readonly ReportStep[] Steps = [ReportStep.Findings, ReportStep.Impression];
    private readonly IReportWriter _model = model ?? new GrammarWriter();
    private readonly IEntityCheck _check = check ?? EntityCheckNames.ByName[EntityCheckNames.Lexicon];

    /// <summary>Writes a report.</summary>
    /// <exception cref="MeshException">Bad input; or no attempt passed the check: <c>Data["attempts"]</c> holds them all.</exception>
    public async Task<ReportResult> GenerateAsync(ReportRequest request, CancellationToken cancellation = default)
    {
        await foreach (var happened in StreamAsync(request, cancellation))
        {
            if (happened is ReportEvent.Finished finished)
                return finished.Report;
        }

        throw new InvalidOperationException("the stream ended without a report");
    }

    /// <summary>Writes a report and tells of every token and attempt.</summary>
    /// <inheritdoc cref="GenerateAsync" path="/exception"/>
    public IAsyncEnumerable<ReportEvent> StreamAsync(ReportRequest request, CancellationToken cancellation = default)
    {
        ReportRequestValidator.Validate(request);
        return RunStepsAsync(request, cancellation);
    }

    private async IAsyncEnumerable<ReportEvent> RunStepsAsync(ReportRequest request,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        var attempts = new List<ReportAttempt>();
        ReportAttempt? findings = null;
        foreach (var step in Steps)
        {
            var wanted = step == ReportStep.Findings || request.Impression == ImpressionStyle.All
                ? request.Entities : SaliencePolicy.Select(request.Entities);
            ReportAttempt? kept = null;
            ReportAttempt? refused = null;
            for (var number = 1; kept is null && number <= request.MaxAttempts; number++)
            {
                var text = new StringBuilder();
                await foreach (var piece in _model.WriteAsync(new SectionRequest(request, step, number, wanted, findings, refused),
                    cancellation))
                {
                    text.Append(piece);
                    yield return new ReportEvent.Token(step, number, piece);
                }

                var attempt = await CheckAttemptAsync(request, step, number, text.ToString().Trim(), wanted, cancellation);
                attempts.Add(attempt);
                yield return new ReportEvent.AttemptEnded(attempt);
                (kept, refused) = attempt.Accepted ? (attempt, null) : ((ReportAttempt?)null, attempt);
            }

            if (kept is null)
                throw EntityCheckFailed(step, attempts);
            findings ??= kept;
        }

        yield return new ReportEvent.Finished(new ReportResult(findings!.Text, attempts[^1].Text, attempts));
    }

    private async Task<ReportAttempt> CheckAttemptAsync(
        ReportRequest request, ReportStep step, int number, string text, IReadOnlyList<Entity> wanted, CancellationToken cancellation)
    {
        var mentions = await _check.TagAsync(text, request.Glossary, cancellation);
        var (found, missing, extra) = EntityMatcher.Compare(mentions, wanted, request.Entities);
        var accepted = text.Length > 0 && missing.Count == 0
            && (extra.Count == 0 || (request.Matching == MatchingMode.Lenient && !EntityMatcher.HasContradiction(extra, wanted)));
        return new ReportAttempt(step, number, text, found, missing, extra, accepted);
    }

    /// <summary>The refusal: its message says what each attempt missed and added, its data holds the attempts whole.</summary>
    private static MeshException EntityCheckFailed(ReportStep step, List<ReportAttempt> attempts)
    {
        var last = attempts.Where(a => a.Step == step).ToList();
        var told = last.Select(a => $"{a.Number}: missing [{ListAtMostEight(a.Missing)}], extra [{ListAtMostEight(a.Extra)}]");
        var failure = new MeshException(
            ErrorReasons.EntityCheckFailed,
            $"{step.ToString().ToUpperInvariant()} failed its entity check {last.Count} times. {string.Join("; ", told)}");
        failure.Data["attempts"] = attempts.ToArray();
        return failure;
    }

    private static string ListAtMostEight(IReadOnlyList<string> ids) =>
        ids.Count <= 8 ? string.Join(", ", ids) : $"{string.Join(", ", ids.Take(8))} and {ids.Count - 8} more";
}
