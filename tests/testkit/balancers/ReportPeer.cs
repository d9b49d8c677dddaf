using Grpc.Core;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Vocabulary;
using SynCxr.Mesh.Vocabulary.Sections;

namespace SynCxr.Mesh.Testkit.Balancers;

/// <summary>A deterministic report service over real gRPC: one sentence for each report.</summary>
internal sealed class ReportPeer(PeerOptions settings) : ReportService.ReportServiceBase
{
    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListModelsResponse
        {
            Models =
        {
            new ModelDescription
            {
                Name = "plain",
                Version = "1",
                Kind = ModelKind.ReportWriter,
                Digest = new string('a', 64),
                Engine = "plain",
                Deterministic = true,
                Fingerprint = "any",
                Prompts = settings.ServedModel is null ? null : new PromptSet { Version = "1", Digest = new string('e', 64) },
            },
            new ModelDescription
            {
                Name = "plain-check",
                Version = "1",
                Kind = ModelKind.EntityCheck,
                Digest = new string('b', 64),
                Engine = "plain",
                Deterministic = true,
                Fingerprint = "any",
            },
            new ModelDescription
            {
                Name = "second-check",
                Version = "1",
                Kind = ModelKind.EntityCheck,
                Digest = new string('d', 64),
                Engine = "plain",
                Deterministic = true,
                Fingerprint = "any",
            },
            new ModelDescription
            {
                Name = "plain-labels",
                Version = "1",
                Kind = ModelKind.ReportLabeler,
                Digest = new string('c', 64),
                Engine = "plain",
                Deterministic = true,
                Fingerprint = "any",
            },
        },
        });

    /// <summary>Labels by the length of the text, so that they differ from report to report.</summary>
    public override Task<LabelReportResponse> LabelReport(LabelReportRequest request, ServerCallContext context) =>
        Task.FromResult(new LabelReportResponse { Labels = { LabelsOf(request.Text) } });

    private static IEnumerable<ReportLabel> LabelsOf(string text) => ChexpertLabels.All.Select((name, i) =>
        new ReportLabel { Name = name, Value = (Report.V1.LabelValue)(1 + ((i + text.Length) % 4)) });

    public override async Task<WriteReportResponse> WriteReport(WriteReportRequest request, ServerCallContext context)
    {
        await settings.SimulateCallAsync(context.CancellationToken);
        if (settings.ReportFailure is { } failure)
            throw failure;
        var spec = request.Spec;
        if (settings.ReportFailureOf?.Invoke(spec.Seed) is { } failureOfOne)
            throw failureOfOne;
        var isHopeless = settings.UnpassableEntity is { } hopeless && spec.Entities.Contains(hopeless);
        if (isHopeless || (settings.RejectReportEvery > 0 && PeerOptions.Hash($"report|{spec.Seed}") % settings.RejectReportEvery == 0))
            throw new MeshException(ErrorReasons.EntityCheckFailed, "no report passed");
        var known = spec.Glossary.ToDictionary(e => e.Id, e => e.Term);
        var terms = spec.Entities.Select(id => known.TryGetValue(id, out var term) ? term
            : EntityVocabulary.Shipped.TryGet(id, out var entity)
                ? entity.Term : throw MeshException.Invalid("spec.entities", $"'{id}' is not known")).ToList();
        var response = new WriteReportResponse
        {
            Report = new RadiologyReport
            {
                Findings = $"There is {string.Join(", ", terms)}. ({spec.Seed % 1000}){settings.ReportEndingOf?.Invoke(spec.Seed)}",
                Impression = $"{terms[0]}. ({spec.Seed % 1000})",
                FindingsEntities = { spec.Entities },
                ImpressionEntities = { spec.Entities[0] },
                Attempts = { new ReportAttempt { Step = "findings", Number = 1, Accepted = true },
                    new ReportAttempt { Step = "impression", Number = 1, Accepted = true } },
                Writer = new Producer { Model = "plain", Version = "1", Seed = spec.Seed },
                Checker = new Producer { Model = "plain-check", Version = "1" },
            },
        };
        if (spec.Checks.Count > 1)
            AddVerdicts(response.Report, spec.Checks);
        if (settings.ServedModel is { } served)
        {
            foreach (var attempt in response.Report.Attempts)
                attempt.ServedModel = served;
        }

        if (spec.Seed % 2 == 0) // a service may leave them out, and is asked for them when the data set is sealed
            response.Report.Labels.Add(LabelsOf(ReportText.Join(response.Report.Findings, response.Report.Impression)));
        return response;
    }

    /// <summary>The first text fails all checks but the first, and is written again.</summary>
    private static void AddVerdicts(RadiologyReport report, IEnumerable<string> checks)
    {
        report.Attempts[0].Number = 2;
        report.Attempts.Insert(0, new ReportAttempt { Step = "findings", Number = 1 });
        foreach (var attempt in report.Attempts)
            attempt.Verdicts = new CheckVerdicts
            {
                Checks = { checks.Select((name, i) => new CheckVerdict { Check = name, Passed = i == 0 || attempt.Accepted }) },
            };
        report.FurtherCheckers = new FurtherCheckers { Checkers = { checks.Skip(1).Select(name => new Producer { Model = name }) } };
    }
}
