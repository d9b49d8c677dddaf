using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Report.Importing;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Report.Tests.Ner;

/// <summary>Text models that were added, as a client of the service sees them.</summary>
public sealed class TextModelServiceTests : IDisposable
{
    private readonly ScratchFolder _models = new();

    public void Dispose() => _models.Dispose();

    [Fact]
    public async Task WriteReport_TwoChecks_HoldsEachTextAgainstBoth()
    {
        if (!GoldenFolder.TryFind("ner-exports", out var goldens))
            return;
        var added = await AddAsync(goldens.Resolve("bert-uncased"), "tiny-ner");
        await using var host = await StartAsync("--Report:Ner:Model=tiny-ner", "--Report:Ner:Unlinked=ignore");
        string[] entities = ["disease/pneumonia", "abnormality/consolidation", "non-abnormality/pneumothorax"];
        var spec = new ReportSpec { Entities = { entities }, Checks = { "lexicon", "ner" }, Matching = Matching.Lenient };
        var models = (await host.Client.ListModelsAsync(new ListModelsRequest())).Models
            .Where(m => m.Kind == ModelKind.EntityCheck).ToList();
        Assert.Equal(["lexicon", "ner"], models.Select(m => m.Name));
        Assert.Equal(("onnx-ner", $"tiny-ner {ModelCard.UsualVersion}", true),
            (models[1].Engine, models[1].Version, models[1].Deterministic));
        Assert.Equal(ModelKindNames.EntityCheck, added.Card.Kind);

        var seen = new List<ReportAttempt>();
        for (spec.Seed = 0; spec.Seed < 12; spec.Seed++)
            seen.AddRange(await ReadAttemptsAsync(host, spec));

        Assert.Contains(seen, attempt => attempt.Accepted);
        Assert.Contains(seen, attempt => attempt.Verdicts.Checks[0].Passed && !attempt.Verdicts.Checks[1].Passed);
        Assert.All(seen, attempt =>
        {
            Assert.Equal(["lexicon", "ner"], attempt.Verdicts.Checks.Select(verdict => verdict.Check));
            Assert.Equal(attempt.Accepted, attempt.Verdicts.Checks.All(verdict => verdict.Passed));
        });
    }

    [Fact]
    public async Task WriteReport_ChecksThatCantBeAsked_AreRefusedByName()
    {
        await using var host = await StartAsync();
        foreach (var (checks, status, words) in new (string[], StatusCode, string)[]
        {
            (["lexicon", "graph"], StatusCode.InvalidArgument, "spec.checks[1]"),
            (["lexicon", "lexicon"], StatusCode.InvalidArgument, "named twice"),
            (["ner"], StatusCode.FailedPrecondition, "no settings for the check 'ner'"),
        })
        {
            var spec = new ReportSpec { Entities = { "disease/pneumonia" }, Checks = { checks } };
            var refusal = await Assert.ThrowsAsync<RpcException>(async () =>
                await host.Client.WriteReportAsync(new WriteReportRequest { Spec = spec }));
            Assert.Equal(status, refusal.StatusCode);
            Assert.Contains(words, refusal.Status.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task WriteReport_OneCheck_SaysNothingOfVerdicts()
    {
        await using var host = await StartAsync();
        var spec = new ReportSpec { Entities = { "disease/pneumonia" }, Seed = 3 };
        var plain = (await host.Client.WriteReportAsync(new WriteReportRequest { Spec = spec })).Report;
        spec.Checks.Add("lexicon");
        Assert.Equal(plain, (await host.Client.WriteReportAsync(new WriteReportRequest { Spec = spec })).Report);
        Assert.Null(plain.FurtherCheckers);
        Assert.All(plain.Attempts, attempt => Assert.Null(attempt.Verdicts));
    }

    [Fact]
    public async Task EmbedTexts_AddedEncoder_GivesOneVectorATextWhateverStandsBeside()
    {
        if (!GoldenFolder.TryFind("encoder-exports", out var goldens))
            return;
        await AddAsync(goldens.Resolve("minilm-like"), "sentences");
        await AddAsync(goldens.Resolve("medcpt-article"), "articles",
            new TextEncoderCard { Pooling = TextPoolingNames.Cls, MaxTokens = 16 });
        await using var host = await StartAsync("--Report:TextModels:Threads=2");
        Assert.Equal(["articles", "sentences"], (await host.Client.ListModelsAsync(new ListModelsRequest())).Models
            .Where(m => m.Kind == ModelKind.TextEncoder).Select(m => m.Name));

        var texts = new[] { "No pneumothorax.", "", "The heart is enlarged." };
        var all = await EmbedAsync(host, "sentences", texts);
        Assert.Equal(3, all.Embeddings.Count);
        Assert.Equal(("sentences", "onnx-text-encoder"), (all.Encoder.Model, all.Encoder.Engine));
        Assert.All(all.Embeddings, e => Assert.InRange(e.Values.Sum(v => (double)v * v), 0.9999, 1.0001));
        Assert.Equal(all.Embeddings[2], (await EmbedAsync(host, "sentences", texts[2])).Embeddings[0]);

        var request = new EmbedTextsRequest { Model = "articles", Texts = { new EncodedText { Text = texts[0], Second = texts[2] } } };
        var pair = (await host.Client.EmbedTextsAsync(request)).Embeddings[0];
        Assert.NotEqual(pair.Values, (await EmbedAsync(host, "articles", texts[0])).Embeddings[0].Values);
        var cut = (await EmbedAsync(host, "articles", string.Join(' ', Enumerable.Repeat("opacity", 40)))).Embeddings[0];
        Assert.True(cut is { Truncated: true, Tokens: > 16 });

        var refusal = await Assert.ThrowsAsync<RpcException>(() => EmbedAsync(host, "../articles", "x"));
        Assert.Contains("Unknown text encoder", refusal.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => EmbedAsync(host, "articles"))).StatusCode);
    }

    [Fact]
    public async Task ImportAsync_FolderThatSaysNothingOfPooling_AsksForIt()
    {
        if (!GoldenFolder.TryFind("encoder-exports", out var goldens))
            return;
        var refusal = await Assert.ThrowsAsync<InvalidDataException>(() => AddAsync(goldens.Resolve("medcpt-query"), "query"));
        Assert.Contains("modules.json: is missing", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("--pooling", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_models.Path));
    }

    /// <summary>The attempts at a report, whether one of them is accepted or none.</summary>
    private static async Task<List<ReportAttempt>> ReadAttemptsAsync(ReportHostUnderTest host, ReportSpec spec)
    {
        var attempts = new List<ReportAttempt>();
        using var call = host.Client.GenerateReport(new GenerateReportRequest { Spec = spec });
        try
        {
            await foreach (var answer in call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken))
            {
                if (answer.Attempt is { } attempt)
                    attempts.Add(attempt);
                else if (answer.Report is { } report)
                    Assert.Equal("ner", Assert.Single(report.FurtherCheckers.Checkers).Model);
            }
        }
        catch (RpcException refusal) when (refusal.StatusCode == StatusCode.FailedPrecondition)
        {
            Assert.Contains("failed its entity check", refusal.Status.Detail, StringComparison.Ordinal);
        }

        return attempts;
    }

    private Task<ImportedTextModel> AddAsync(string source, string name, TextEncoderCard? encoder = null) => TextModelImporter.ImportAsync(
        source, _models.Path, new TextModelImportSettings { Name = name, Encoder = encoder }, TestContext.Current.CancellationToken);

    private static async Task<EmbedTextsResponse> EmbedAsync(ReportHostUnderTest host, string model, params string[] texts)
    {
        var request = new EmbedTextsRequest { Model = model };
        request.Texts.AddRange(texts.Select(text => new EncodedText { Text = text }));
        return await host.Client.EmbedTextsAsync(request);
    }

    private async Task<ReportHostUnderTest> StartAsync(params string[] settings)
    {
        var builder = MeshHost.CreateBuilder(
            ["--Mesh:Port=0", "--Mesh:JsonPort=0", $"--Report:TextModels:Root={_models.Path}", .. settings], "report");
        builder.AddReport();
        var app = builder.BuildMesh();
        app.MapMeshDefaults();
        app.MapReport();
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new ReportHostUnderTest(app, GrpcChannel.ForAddress(MeshHost.Addresses(app)[0]));
    }

    private sealed record ReportHostUnderTest(WebApplication App, GrpcChannel Channel) : IAsyncDisposable
    {
        public V1.ReportService.ReportServiceClient Client { get; } = new(Channel);

        public async ValueTask DisposeAsync()
        {
            Channel.Dispose();
            await App.DisposeAsync();
        }
    }
}
