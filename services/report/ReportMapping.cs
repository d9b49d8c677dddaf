using SynCxr.Mesh.Enums;
using SynCxr.Mesh.Report.Labelling;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Report.Writing;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Vocabulary;
using SynCxr.Mesh.Vocabulary.Sections;
using EntityType = SynCxr.Mesh.Resource.V1.EntityType;
using LabelValue = SynCxr.Mesh.Vocabulary.LabelValue;

namespace SynCxr.Mesh.Report;

/// <summary>Maps reports, mentions, writers and checks to the messages of the contract.</summary>
internal static class ReportMapping
{
    public static GenerateReportResponse ToResponse(ReportEvent reportEvent, ulong seed, IReportWriter writer, IEntityCheck check) =>
        reportEvent switch
        {
            ReportEvent.Token token => new GenerateReportResponse
            {
                Token = new GenerateReportResponse.Types.Token
                {
                    Step = EnumMapping.ToSameName<V1.ReportStep>(token.Step),
                    Attempt = token.Attempt,
                    Text = token.Text,
                    Restarted = token.Restarted,
                },
            },
            ReportEvent.AttemptEnded ended => new GenerateReportResponse { Attempt = ToReportAttempt(ended.Attempt) },
            ReportEvent.Finished finished => new GenerateReportResponse
            {
                Report = ToRadiologyReport(finished.Report, seed, writer, check),
            },
            _ => throw new InvalidOperationException($"The contract has no message for the event {reportEvent.GetType().Name}."),
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
        Labels = { ToLabels(ChexpertLabeler.Label(ReportText.Join(report.Findings, report.Impression))) },
    };

    public static Producer ToProducer(IEntityCheck check, ulong seed) =>
        new() { Model = check.Name, Version = check.Version, Digest = check.Digest, Engine = check.Name, Seed = seed };

    public static EntityMention ToEntityMention(Tagging.Mention mention) => new()
    {
        Entity = mention.EntityId,
        Concept = mention.Concept,
        Type = EnumMapping.ToSameName<EntityType>(mention.Type),
        Certainty = EnumMapping.ToSameName<Certainty>(mention.Certainty),
        Start = mention.Start,
        Length = mention.Length,
    };

    public static LabelReportResponse ToLabelResponse(IReadOnlyDictionary<string, LabelValue> labels) => new()
    {
        Labels = { ToLabels(labels) },
        Labeler = new Producer
        {
            Model = ChexpertLabeler.Name,
            Version = ChexpertLabeler.Version,
            Digest = ChexpertLabeler.Digest,
            Engine = ChexpertLabeler.Name,
        },
    };

    public static ModelDescription DescribeLabeler() => new()
    {
        Name = ChexpertLabeler.Name,
        Version = ChexpertLabeler.Version,
        Kind = ModelKind.ReportLabeler,
        Digest = ChexpertLabeler.Digest,
        Engine = ChexpertLabeler.Name,
        Deterministic = true,
        Fingerprint = "any",
    };

    public static ModelDescription ToModelDescription(IReportWriter writer) => new()
    {
        Name = writer.Name,
        Version = writer.Version,
        Kind = ModelKind.ReportWriter,
        Digest = writer.Digest,
        Engine = writer.Name,
        Deterministic = writer.Deterministic,
        Fingerprint = "any",
    };

    public static ModelDescription ToModelDescription(IEntityCheck check) => new()
    {
        Name = check.Name,
        Version = check.Version,
        Kind = ModelKind.EntityCheck,
        Digest = check.Digest,
        Engine = check.Name,
        Deterministic = check.Deterministic,
        Fingerprint = "any",
    };

    private static IEnumerable<ReportLabel> ToLabels(IReadOnlyDictionary<string, LabelValue> labels) => ChexpertLabels.All.Select(
        name => new ReportLabel { Name = name, Value = EnumMapping.ToSameName<V1.LabelValue>(labels[name]) });

    private static V1.ReportAttempt ToReportAttempt(Writing.ReportAttempt attempt)
    {
        var message = new V1.ReportAttempt
        {
            Step = StepName(attempt.Step),
            Number = attempt.Number,
            Text = attempt.Text,
            Missing = { attempt.Missing },
            Extra = { attempt.Extra },
            Accepted = attempt.Accepted,
        };
        if (attempt.Fault is { } fault)
            (message.Problem, message.Fault) = (fault.Problem, fault.Name);
        if (attempt.Reasoning is { } reasoning)
            message.Reasoning = reasoning;
        if (attempt.ServedModel is { } served)
            message.ServedModel = served;
        return message;
    }

    /// <summary>The step's name in a sealed report.</summary>
    private static string StepName(Writing.ReportStep step) => step == Writing.ReportStep.Findings ? "findings" : "impression";
}
