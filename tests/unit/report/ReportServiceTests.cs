using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Resource.V1;
using Xunit;

namespace SynCxr.Mesh.Report.Tests;

/// <summary>The service as a client sees it, in a real host on a free port.</summary>
public sealed class ReportServiceTests : IAsyncLifetime
{
    private WebApplication _app = null!;
    private GrpcChannel _channel = null!;
    private V1.ReportService.ReportServiceClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = MeshHost.CreateBuilder(["--Mesh:Port=0", "--Mesh:JsonPort=0"], "report");
        builder.AddReport();
        _app = builder.BuildMesh();
        _app.MapMeshDefaults();
        _app.MapReport();
        await _app.StartAsync(TestContext.Current.CancellationToken);
        _channel = GrpcChannel.ForAddress(MeshHost.Addresses(_app)[0]);
        _client = new V1.ReportService.ReportServiceClient(_channel);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task GenerateReport_GoodSpec_StreamsTheReportThatWriteReportGives()
    {
        var spec = new ReportSpec { Entities = { "abnormality/cardiomegaly", "non-abnormality/pneumothorax", "anatomy/heart" }, Seed = 9 };
        using var call = _client.GenerateReport(new GenerateReportRequest { Spec = spec },
            cancellationToken: TestContext.Current.CancellationToken);
        var events = new List<GenerateReportResponse>();
        await foreach (var reportEvent in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
            events.Add(reportEvent);
        var unary = await _client.WriteReportAsync(new WriteReportRequest { Spec = spec },
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(unary.Report, events[^1].Report);
        Assert.Equal("grammar", unary.Report.Writer.Model);
        Assert.Equal(unary.Report.Findings, string.Concat(
            events.Where(
                e => e.Token is { Step: ReportStep.Findings }
                    && e.Token.Attempt == unary.Report.Attempts.Last(a => a.Step == "findings").Number)
                .Select(e => e.Token.Text)));
    }

    [Fact]
    public async Task ExtractEntities_GlossaryTerm_IsFound()
    {
        var request = new ExtractEntitiesRequest { Text = "No zebra opacity. Pneumonia.", Glossary = { ZebraOpacity() } };
        var found = await _client.ExtractEntitiesAsync(request, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["non-abnormality/zebra-opacity", "disease/pneumonia"], found.Mentions.Select(m => m.Entity));
        Assert.Equal((3, 13, Certainty.Absent), (found.Mentions[0].Start, found.Mentions[0].Length, found.Mentions[0].Certainty));
    }

    [Fact]
    public async Task LabelReport_WithHeadings_LabelsFindingsAndImpressionOnly()
    {
        var request = new LabelReportRequest
        {
            Text = "HISTORY: Pneumothorax.\nFINDINGS: No pleural effusion. Possible edema.\nIMPRESSION: Cardiomegaly.",
        };

        var answer = await _client.LabelReportAsync(request, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(14, answer.Labels.Count);
        Assert.Equal(
            [("Cardiomegaly", LabelValue.Positive), ("Edema", LabelValue.Uncertain), ("Pleural Effusion", LabelValue.Negative)],
            answer.Labels.Where(l => l.Value != LabelValue.NotMentioned).Select(l => (l.Name, l.Value)));
        Assert.Equal(("chexpert-rules", 64), (answer.Labeler.Model, answer.Labeler.Digest.Length));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    public async Task LabelReport_WithoutText_NamesTheField(string text)
    {
        var error = await Assert.ThrowsAsync<RpcException>(async () => await _client.LabelReportAsync(
            new LabelReportRequest { Text = text }, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.StartsWith("text", error.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HISTORY: Pneumonia, effusion.\nTECHNIQUE: Portable.", "no statement about an image")]
    [InlineData("Reason for exam: pneumonia.\nThe heart is enlarged.", "behind an empty line")]
    [InlineData("Befund: Kein Pleuraerguss. Kardiomegalie.", "not in English, by its common words ('de')")]
    public async Task LabelReport_NothingToRead_IsRefusedAndNoFindingIsNotClaimed(string text, string expected)
    {
        var error = await Assert.ThrowsAsync<RpcException>(async () => await _client.LabelReportAsync(
            new LabelReportRequest { Text = text }, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.StartsWith("text: ", error.Status.Detail, StringComparison.Ordinal);
        Assert.Contains(expected, error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListModels_Always_NamesWriterAndCheck()
    {
        var models = await _client.ListModelsAsync(new ListModelsRequest(), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([("grammar", ModelKind.ReportWriter), ("lexicon", ModelKind.EntityCheck), ("chexpert-rules", ModelKind.ReportLabeler)],
            models.Models.Select(m => (m.Name, m.Kind)));
        Assert.All(models.Models, m => Assert.Equal(64, m.Digest.Length));
    }

    [Fact]
    public async Task WriteReport_BadSpec_NamesTheFieldAndTheServiceStaysUp()
    {
        var tooMany = new ReportSpec();
        tooMany.Entities.AddRange(Enumerable.Repeat("abnormality/consolidation", 10_000));
        var sameIdTwice = GoodSpec();
        sameIdTwice.Glossary.Add([ZebraOpacity(), ZebraOpacity()]);
        var untyped = GoodSpec();
        untyped.Glossary.Add(new Entity { Id = "x", Term = "x ray", Concept = "x" });
        var wordless = GoodSpec();
        wordless.Glossary.Add(new Entity { Id = "x", Term = "…", Concept = "x", Type = EntityType.Disease });
        (ReportSpec? Spec, string Field)[] cases =
        [
            (null, "spec"),
            (new ReportSpec(), "spec.entities"),
            (tooMany, "spec.entities"),
            (GoodSpec("abnormality/unheard-of"), "spec.entities[1]"),
            (GoodSpec("../../etc/passwd"), "spec.entities[1]"),
            (GoodSpec(new string('x', 1 << 20)), "spec.entities[1]"),
            (GoodSpec("non-abnormality/consolidation"), "spec.entities[1]"),
            (GoodSpec("abnormality/consolidation"), "spec.entities[1]"),
            (GoodSpecWith(s => s.Impression = (ImpressionStyle)9), "spec.impression"),
            (GoodSpecWith(s => s.Matching = (Matching)(-1)), "spec.matching"),
            (GoodSpecWith(s => s.MaxAttempts = 0), "spec.max_attempts"),
            (GoodSpecWith(s => s.MaxAttempts = int.MaxValue), "spec.max_attempts"),
            (GoodSpecWith(s => s.Model = "../grammar"), "spec.model"),
            (sameIdTwice, "spec.glossary[1].id"),
            (untyped, "spec.glossary[0].type"),
            (wordless, "spec.glossary[0].term"),
        ];
        foreach (var (spec, field) in cases)
            Assert.Equal(field,
                await InvalidFieldOfAsync(() => _client.WriteReportAsync(new WriteReportRequest { Spec = spec }).ResponseAsync));
        Assert.Equal("text",
            await InvalidFieldOfAsync(
                () => _client.ExtractEntitiesAsync(new ExtractEntitiesRequest { Text = new string('a', 70_000) }).ResponseAsync));
        Assert.Equal("text", await InvalidFieldOfAsync(() => _client.ExtractEntitiesAsync(new ExtractEntitiesRequest()).ResponseAsync));
        Assert.NotEmpty(
            (await _client.WriteReportAsync(new WriteReportRequest { Spec = GoodSpec() },
                cancellationToken: TestContext.Current.CancellationToken)).Report.Findings);
    }

    [Fact]
    public void BuildMesh_UnknownWriter_IsRefused()
    {
        var builder = MeshHost.CreateBuilder(["--Mesh:Port=0", "--Mesh:JsonPort=0", "--Report:Writer=llama"], "report");
        builder.AddReport();
        var refusal = Assert.Throws<Microsoft.Extensions.Options.OptionsValidationException>(() => builder.BuildMesh());
        Assert.Contains("llama", refusal.Message, StringComparison.Ordinal);
    }

    private static ReportSpec GoodSpec(params string[] more) => new() { Entities = { more.Prepend("abnormality/consolidation") } };

    private static ReportSpec GoodSpecWith(Action<ReportSpec> change)
    {
        var spec = GoodSpec();
        change(spec);
        return spec;
    }

    private static Entity ZebraOpacity() => new()
    {
        Id = "abnormality/zebra-opacity",
        Term = "zebra opacity",
        Concept = "zebra-opacity",
        Type = EntityType.Abnormality,
        Group = "lung",
    };

    private static async Task<string> InvalidFieldOfAsync(Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
        return Assert.Single(refusal.GetRpcStatus()!.GetDetail<Google.Rpc.BadRequest>()!.FieldViolations).Field;
    }
}
