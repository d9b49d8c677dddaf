using SynCxr.Mesh.Enums;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Report.Labelling;
using SynCxr.Mesh.Report.TextModels;
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
    public static GenerateReportResponse ToResponse(
        ReportEvent reportEvent, ulong seed, IReportWriter writer, IReadOnlyList<IEntityCheck> checks) =>
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
                Report = ToRadiologyReport(finished.Report, seed, writer, checks),
            },
            _ => throw new InvalidOperationException($"The contract has no message for the event {reportEvent.GetType().Name}."),
        };

    public static RadiologyReport ToRadiologyReport(
        ReportResult report, ulong seed, IReportWriter writer, IReadOnlyList<IEntityCheck> checks) => new()
        {
            Findings = report.Findings,
            Impression = report.Impression,
            FindingsEntities = { report.FindingsEntities },
            ImpressionEntities = { report.ImpressionEntities },
            Attempts = { report.Attempts.Select(ToReportAttempt) },
            Writer = ToProducer(writer, seed),
            Checker = ToProducer(checks[0], seed),
            FurtherCheckers = checks.Count == 1 ? null
            : new FurtherCheckers { Checkers = { checks.Skip(1).Select(check => ToProducer(check, seed)) } },
            Labels = { ToLabels(ChexpertLabeler.Label(ReportText.Join(report.Findings, report.Impression))) },
        };

    public static Producer ToProducer(IReportWriter writer, ulong seed) =>
        new() { Model = writer.Name, Version = writer.Version, Digest = writer.Digest, Engine = writer.Name, Seed = seed };

    public static Producer ToProducer(IEntityCheck check, ulong seed) =>
        new() { Model = check.Name, Version = check.Version, Digest = check.Digest, Engine = check.Engine, Seed = seed };

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

    public static EmbedTextsResponse ToResponse(IEnumerable<TextVector> vectors, LoadedTextEncoder loaded) => new()
    {
        Embeddings =
        {
            vectors.Select(vector => new TextEmbedding
            {
                Values = { vector.Values },
                Tokens = vector.Tokens,
                Truncated = vector.Truncated,
            }),
        },
        Encoder = new Producer
        {
            Model = loaded.Card.Name,
            Version = loaded.Card.Version,
            Digest = loaded.Digest,
            Engine = TextEncoder.EngineName,
        },
    };

    public static ModelDescription Describe(ModelCard card, string digest, TextEncoderCatalogue encoders) => new()
    {
        Name = card.Name,
        Version = card.Version,
        Kind = ModelKind.TextEncoder,
        Digest = digest,
        Engine = TextEncoder.EngineName,
        Deterministic = encoders.Deterministic,
        Fingerprint = encoders.Fingerprint,
        Licence = card.Licence,
        Attribution = { card.Attribution },
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
        Prompts = writer.Prompts is { } prompts ? new Resource.V1.PromptSet { Version = prompts.Version, Digest = prompts.Digest } : null,
    };

    public static ModelDescription ToModelDescription(IEntityCheck check) => new()
    {
        Name = check.Name,
        Version = check.Version,
        Kind = ModelKind.EntityCheck,
        Digest = check.Digest,
        Engine = check.Engine,
        Deterministic = check.Deterministic,
        Fingerprint = check.Fingerprint,
        Licence = check.Licence,
        Attribution = { check.Attribution },
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
            Verdicts = attempt.Verdicts.Count == 0 ? null : ToVerdicts(attempt.Verdicts),
        };
        if (attempt.Fault is { } fault)
            (message.Problem, message.Fault) = (fault.Problem, fault.Name);
        if (attempt.Reasoning is { } reasoning)
            message.Reasoning = reasoning;
        if (attempt.ServedModel is { } served)
            message.ServedModel = served;
        return message;
    }

    private static CheckVerdicts ToVerdicts(IReadOnlyList<Writing.CheckVerdict> verdicts) => new()
    {
        Checks = { verdicts.Select(verdict => new V1.CheckVerdict { Check = verdict.Check, Passed = verdict.Passed }) },
    };

    /// <summary>The step's name in a sealed report.</summary>
    private static string StepName(Writing.ReportStep step) => step == Writing.ReportStep.Findings ? "findings" : "impression";
}
