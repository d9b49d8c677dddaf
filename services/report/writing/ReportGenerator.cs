using System.Runtime.CompilerServices;
using SynCxr.Mesh.Chat;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.Grammar;
using SynCxr.Mesh.Report.Tagging;
using SynCxr.Mesh.Report.Writing.Form;

namespace SynCxr.Mesh.Report.Writing;

/// <summary>
/// Generates a report in the paper's two steps: FINDINGS, then IMPRESSION. A writer writes each section, entity checks accept or reject
/// it, and a rejected section is written again until one is accepted or the limit of attempts is reached. Needs no host:
/// <c>await new ReportGenerator().GenerateAsync(ReportRequest.FromShippedIds(seed, ids))</c>.
/// </summary>
/// <param name="writer">Default: the grammar.</param>
/// <param name="checks">A section must pass all of them; its mentions are the first one's. Default: the lexicon check.</param>
public sealed class ReportGenerator(IReportWriter? writer = null, IReadOnlyList<IEntityCheck>? checks = null)
{
    private static readonly ReportStep[] _steps = [ReportStep.Findings, ReportStep.Impression];
    private readonly IReportWriter _writer = writer ?? new GrammarWriter();
    private readonly IReadOnlyList<IEntityCheck> _checks = checks ?? [new LexiconCheck()];

    /// <summary>Generates a report.</summary>
    /// <exception cref="MeshException">INVALID_FIELD names the field that is wrong. ENTITY_CHECK_FAILED: every attempt at a section was
    /// rejected; CONTEXT_EXCEEDED, EMPTY_TEXT, CONTENT_REFUSED where all of them for that cause. <c>Data["attempts"]</c> holds them all as
    /// an array of <see cref="ReportAttempt"/>.</exception>
    public async Task<ReportResult> GenerateAsync(ReportRequest request, CancellationToken cancellation = default)
    {
        await foreach (var reportEvent in StreamAsync(request, cancellation))
        {
            if (reportEvent is ReportEvent.Finished finished)
                return finished.Report;
        }

        throw new InvalidOperationException("The stream of events ended without a report.");
    }

    /// <summary>Generates a report and streams every token and attempt; the last event holds the report.</summary>
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
        foreach (var step in _steps)
        {
            var wanted = step == ReportStep.Findings || request.Impression == ImpressionStyle.All
                ? request.Entities : SaliencePolicy.Select(request.Entities);
            ReportAttempt? accepted = null;
            ReportAttempt? rejected = null;
            for (var number = 1; accepted is null && number <= request.MaxAttempts; number++)
            {
                var text = new AnswerText();
                var section = new SectionRequest(request, step, number, wanted, findings, rejected);
                await foreach (var piece in _writer.WriteAsync(section, cancellation))
                {
                    text.Add(piece);
                    if (piece.Text.Length > 0 || piece.Restarted)
                        yield return new ReportEvent.Token(step, number, piece.Text, piece.Restarted);
                }

                var attempt = await CheckAttemptAsync(section, text, cancellation);
                attempts.Add(attempt);
                yield return new ReportEvent.AttemptEnded(attempt);
                accepted = attempt.Accepted ? attempt : null;
                if (rejected is null && attempt.Fault is { Name: AnswerFaultNames.Context })
                    break; // the same request once more is not shorter
                rejected = attempt;
            }

            if (accepted is null)
                throw NoAttemptAccepted(step, attempts);
            findings ??= accepted;
        }

        yield return new ReportEvent.Finished(new ReportResult(findings!.Text, attempts[^1].Text, attempts));
    }

    private async Task<ReportAttempt> CheckAttemptAsync(SectionRequest section, AnswerText written, CancellationToken cancellation)
    {
        var (request, wanted, text) = (section.Request, section.Wanted, written.Text);
        List<string>? found = null;
        var (missing, extra) = (new List<string>(), new List<string>());
        var verdicts = new List<CheckVerdict>(_checks.Count);
        foreach (var check in _checks)
        {
            var mentions = await check.TagAsync(text, request.Glossary, cancellation);
            var compared = EntityMatcher.Compare(mentions, wanted, request.Entities);
            verdicts.Add(new CheckVerdict(check.Name, compared.Missing.Count == 0 && (compared.Extra.Count == 0
                || (request.Matching == MatchingMode.Lenient && !EntityMatcher.HasContradiction(compared.Extra, wanted)))));
            found ??= compared.Found;
            missing.AddRange(compared.Missing.Except(missing).ToList());
            extra.AddRange(compared.Extra.Except(extra).ToList());
        }

        var fault = written.Fault ?? TextFormCheck.FindFault(text);
        var accepted = fault is null && verdicts.TrueForAll(verdict => verdict.Passed);
        return new ReportAttempt(section.Step, section.Attempt, text, found!, missing, extra, accepted)
        {
            Fault = fault,
            Reasoning = written.Reasoning,
            ServedModel = written.ServedModel,
            Verdicts = verdicts.Count > 1 ? verdicts : [],
        };
    }

    /// <summary>The error of a section without an accepted attempt: its message says what was wrong with each.</summary>
    private static MeshException NoAttemptAccepted(ReportStep step, List<ReportAttempt> attempts)
    {
        var ofStep = attempts.Where(a => a.Step == step).ToList();
        var problems = ofStep.Select(
            a => $"attempt {a.Number}: missing [{ListAtMostEight(a.Missing)}], extra [{ListAtMostEight(a.Extra)}]"
                + (a.Fault is null ? "" : $", {a.Fault.Problem}"));
        var failure = new MeshException(ReasonOf(ofStep),
            $"{step.ToString().ToUpperInvariant()} failed its entity check {ofStep.Count} times: {string.Join("; ", problems)}.");
        failure.Data["attempts"] = attempts.ToArray();
        return failure;
    }

    /// <summary>A reason of its own where every attempt came to nothing in the same way, since it may be the whole data set's.</summary>
    private static ErrorReason ReasonOf(List<ReportAttempt> attempts) => attempts.Select(a => a.Fault?.Name switch
    {
        AnswerFaultNames.Context => ErrorReasons.ContextExceeded,
        AnswerFaultNames.Empty => ErrorReasons.EmptyText,
        AnswerFaultNames.ContentFilter or AnswerFaultNames.ContentPolicy => ErrorReasons.ContentRefused,
        _ => ErrorReasons.EntityCheckFailed,
    }).Distinct().ToList() is [var only] ? only : ErrorReasons.EntityCheckFailed;

    private static string ListAtMostEight(IReadOnlyList<string> ids) =>
        ids.Count <= 8 ? string.Join(", ", ids) : $"{string.Join(", ", ids.Take(8))} and {ids.Count - 8} more";
}
