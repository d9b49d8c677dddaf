using SynCxr.Mesh.Chat;
namespace SynCxr.Mesh.Report.Writing;

/// <summary>The two sections, in the order that they are written in.</summary>
public enum ReportStep
{
    Findings = 1,
    Impression = 2,
}

/// <summary>One text that a writer wrote for a section, with the outcome of its entity check.</summary>
/// <param name="Step">The section that was written.</param>
/// <param name="Number">Number of the attempt, from 1 in each section.</param>
/// <param name="Text">The text, without white space at either end.</param>
/// <param name="Found">Ids of the entities of the set that the first check found in the text.</param>
/// <param name="Missing">Ids of the wanted entities that a check did not find.</param>
/// <param name="Extra">Ids that a check found and the set does not hold; findings that the text calls possible are among them.</param>
/// <param name="Accepted">True for the attempt that became the section.</param>
public sealed record ReportAttempt(
    ReportStep Step, int Number, string Text, IReadOnlyList<string> Found, IReadOnlyList<string> Missing, IReadOnlyList<string> Extra,
    bool Accepted)
{
    /// <summary>Why the text can't be a section, whatever it mentions; null where nothing is against it.</summary>
    public AnswerFault? Fault { get; init; }

    /// <summary>What the model thought before it answered; null where it sent no thoughts.</summary>
    public string? Reasoning { get; init; }

    /// <summary>The model that answered, as its server says; null for a writer in this process.</summary>
    public string? ServedModel { get; init; }

    /// <summary>What each check says of the text, in the order in which they were named; empty where there was one.</summary>
    public IReadOnlyList<CheckVerdict> Verdicts { get; init; } = [];
}

/// <summary>Whether the entities that a check finds in a text match the set.</summary>
public sealed record CheckVerdict(string Check, bool Passed);

/// <summary>A finished report, with every attempt that led to it.</summary>
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
    /// <param name="Restarted">True where the attempt's text begins anew with this piece.</param>
    public sealed record Token(ReportStep Step, int Attempt, string Text, bool Restarted) : ReportEvent;

    /// <summary>An attempt ended.</summary>
    public sealed record AttemptEnded(ReportAttempt Attempt) : ReportEvent;

    /// <summary>The report is finished; always the last event.</summary>
    public sealed record Finished(ReportResult Report) : ReportEvent;
}
