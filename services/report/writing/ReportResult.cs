namespace SynCxr.Mesh.Report.Writing;

/// <summary>The two sections, in the order that they are written in.</summary>
public enum ReportStep
{
    Findings = 1,
    Impression = 2,
}

/// <summary>One text that was written and held against the set.</summary>
/// <param name="Step">The section.</param>
/// <param name="Number">Counts from 1 within its step.</param>
/// <param name="Text">What was written.</param>
/// <param name="Found">Ids of the entities that the check found.</param>
/// <param name="Missing">Ids of the set that it did not find.</param>
/// <param name="Extra">Ids that it found and the set does not hold, possible findings among them.</param>
/// <param name="Accepted">True for the one that was kept.</param>
public sealed record ReportAttempt(
    ReportStep Step, int Number, string Text, IReadOnlyList<string> Found, IReadOnlyList<string> Missing, IReadOnlyList<string> Extra,
    bool Accepted);

/// <summary>A finished report.</summary>
public sealed record ReportResult(string Findings, string Impression, IReadOnlyList<ReportAttempt> Attempts)
{
    /// <summary>Entities that the check found in FINDINGS.</summary>
    public IReadOnlyList<string> FindingsEntities => Attempts.First(a => a is { Step: ReportStep.Findings, Accepted: true }).Found;

    /// <summary>Entities that the check found in IMPRESSION.</summary>
    public IReadOnlyList<string> ImpressionEntities => Attempts.First(a => a is { Step: ReportStep.Impression, Accepted: true }).Found;
}

/// <summary>What happens while a report is written.</summary>
public abstract record ReportEvent
{
    private ReportEvent()
    {
    }

    /// <summary>A piece of text.</summary>
    public sealed record Token(ReportStep Step, int Attempt, string Text) : ReportEvent;

    /// <summary>An attempt ended.</summary>
    public sealed record AttemptEnded(ReportAttempt Attempt) : ReportEvent;

    /// <summary>The report is finished; always the last event.</summary>
    public sealed record Finished(ReportResult Report) : ReportEvent;
}

