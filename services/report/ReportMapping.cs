using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Report;

/// <summary>Domain to contract.</summary>
internal static class ReportMapping
{
    public static GenerateReportResponse ToResponse(ReportEvent happened, ulong seed, IReportWriter writer, IEntityCheck check) =>
        happened switch
        {
            ReportEvent.Token t => new GenerateReportResponse
            {
                Token = new GenerateReportResponse.Types.Token { Step = StepName(t.Step), Attempt = t.Attempt, Text = t.Text },
            },
            ReportEvent.AttemptEnded a => new GenerateReportResponse { Attempt = ToReportAttempt(a.Attempt) },
            ReportEvent.Finished f => new GenerateReportResponse { Report = ToRadiologyReport(f.Report, seed, writer, check) },
            _ => throw new InvalidOperationException($"{happened.GetType().Name} has no place in the contract"),
        };

    public static RadiologyReport ToRadiologyReport(ReportResult report, ulong seed, IReportWriter writer, IEntityCheck check) => new()
    {
        Findings = report.Findings,
        Impression = report.Impression,
        FindingsEntities = { report.FindingsEntities },
        ImpressionEntities = { report.ImpressionEntities },
        Attempts = { report.Attempts.Select(ToReportAttempt) },
        Writer = new Producer { Model = writer.Name, Version = writer.Version, Digest = writer.Digest, Engine = writer.Name, Seed = seed },
        Checker = ToProducer(check, seed),
    };

    public static Producer ToProducer(IEntityCheck check, ulong seed) =>
        new() { Model = check.Name, Version = check.Version, Digest = check.Digest, Engine = check.Name, Seed = seed };

    public static EntityMention ToEntityMention(Tagging.Mention mention) => new()
    {
        Entity = mention.EntityId,
        Concept = mention.Concept,
        Type = (EntityType)mention.Type,
        Certainty = (Certainty)mention.Certainty,
        Start = mention.Start,
        Length = mention.Length,
    };

    public static ModelDescription ToModelDescription(IReportWriter model) => new()
    {
        Name = model.Name,
        Version = model.Version,
        Kind = "report-writer",
        Digest = model.Digest,
        Engine = model.Name,
        Deterministic = model.Deterministic,
        Fingerprint = "any",
    };

    public static ModelDescription ToModelDescription(IEntityCheck check) => new()
    {
        Name = check.Name,
        Version = check.Version,
        Kind = "entity-check",
        Digest = check.Digest,
        Engine = check.Name,
        Deterministic = check.Deterministic,
        Fingerprint = "any",
    };

    private static V1.ReportAttempt ToReportAttempt(Writing.ReportAttempt attempt) => new()
    {
        Step = StepName(attempt.Step),
        Number = attempt.Number,
        Text = attempt.Text,
        Missing = { attempt.Missing },
        Extra = { attempt.Extra },
        Accepted = attempt.Accepted,
    };

    private static string StepName(ReportStep step) => step == ReportStep.Findings ? "findings" : "impression";
}
