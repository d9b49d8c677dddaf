using Google.Protobuf;
using Grpc.Core;
using SynCxr.Mesh.Curation.Encoders.Banks;
using SynCxr.Mesh.Curation.Importing;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Resource.V1;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Encoders;

/// <summary>The RPCs with an image encoder of RAD-DINO's form and banks made with it.</summary>
public sealed class FeatureChoiceTests(CurationHostFixture process) : IClassFixture<CurationHostFixture>
{
    private const string Encoder = "rad-dino-tiny";

    [Fact]
    public async Task AssessImage_WithEmbeddingAndBank_MeasuresTheBankAndKeepsTheAnswers()
    {
        if (!SharedData.TryFind("encoder-exports/rad-dino-tiny", out var source))
            return;
        var digest = await AddEncoderAsync(source);
        var png = TestImages.WavesPng(5);
        var embedded = await process.Client.EmbedImagesAsync(new EmbedImagesRequest
        {
            Images = { Content(png), Content(TestImages.WavesPng(6)) },
            Embedding = new PinnedName { Name = Encoder, Digest = digest },
        });
        Assert.Equal((Encoder, digest, "onnx-embedding"), (embedded.Judge.Model, embedded.Judge.Digest, embedded.Judge.Engine));
        float[] bad = [.. embedded.Embeddings[0].Values];
        var bank = WriteBank("waves", digest, bad, threshold: 0.9);

        var own = (await process.Client.AssessImageAsync(new AssessImageRequest { Image = Content(png) }));
        var found = await process.Client.AssessImageAsync(Ask(png, digest, "waves", bank));
        Assert.Equal(bad, found.Embedding);
        Assert.Equal(own.Verdict.Answers, found.Verdict.Answers);
        var likeness = Assert.Single(found.Verdict.Likenesses);
        Assert.Equal(("bad_bank", 0.9, "waves/0", true), (likeness.Check, likeness.Threshold, likeness.Nearest, likeness.Refused));
        Assert.Equal(1, likeness.Similarity, 1e-3);
        Assert.Contains("bad_bank", found.Verdict.Reasons);
        var other = await process.Client.AssessImageAsync(Ask(TestImages.WavesPng(6), digest, "waves", bank));
        Assert.Equal(embedded.Embeddings[1].Values, other.Embedding);
    }

    [Fact]
    public async Task FindDuplicates_WithEmbedding_HasItsWidthAndThreshold()
    {
        if (!SharedData.TryFind("encoder-exports/rad-dino-tiny", out var source))
            return;
        var digest = await AddEncoderAsync(source);
        var request = new FindDuplicatesRequest
        {
            Embedding = new PinnedName { Name = Encoder, Digest = digest },
            Candidates =
            {
                new IndexedEmbedding { Index = 0, Values = { TestFeatures.AtAngle(0, 32) } },
                new IndexedEmbedding { Index = 1, Values = { TestFeatures.AtAngle(10, 32) } }, // cosine 0.985
                new IndexedEmbedding { Index = 2, Values = { TestFeatures.AtAngle(25, 32) } }, // cosine 0.966 to the one before
            },
        };
        var duplicate = Assert.Single((await process.Client.FindDuplicatesAsync(request)).Duplicates);
        Assert.Equal((1, 0.98), (duplicate.Index, duplicate.Likeness.Threshold));

        request.Embedding = null;
        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await process.Client.FindDuplicatesAsync(request));
        Assert.Contains("not 32", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AssessImage_WhatDoesNotGoTogether_IsRefusedByField()
    {
        if (!SharedData.TryFind("encoder-exports/rad-dino-tiny", out var source))
            return;
        var digest = await AddEncoderAsync(source);
        var png = TestImages.WavesPng(5);
        WriteBank("without", digest, TestFeatures.AtAngle(0, 32), threshold: null);
        WriteBank("other", new string('a', 64), TestFeatures.AtAngle(0, 32), threshold: 0.5);
        var broken = Directory.CreateDirectory(Path.Combine(process.BankRoot, "broken")).FullName;
        File.WriteAllText(Path.Combine(broken, "bank.json"), "{\"rows\": 2, \"dim\": 3, \"names\": []}");

        await AssertRefusedAsync(StatusCode.InvalidArgument, "embedding.name", Ask(png, "", "", "", encoder: "unknown"));
        await AssertRefusedAsync(StatusCode.FailedPrecondition, "has the digest", Ask(png, new string('b', 64), "", ""));
        await AssertRefusedAsync(StatusCode.InvalidArgument, "Unknown bank 'none'", Ask(png, digest, "none", ""));
        await AssertRefusedAsync(StatusCode.InvalidArgument, "has no threshold", Ask(png, digest, "without", ""));
        await AssertRefusedAsync(StatusCode.InvalidArgument, "was made with", Ask(png, digest, "other", ""));
        await AssertRefusedAsync(StatusCode.FailedPrecondition, "can't be used", Ask(png, digest, "broken", ""));
        await AssertRefusedAsync(StatusCode.FailedPrecondition, "has the digest", Ask(png, digest, "without", new string('c', 64)));

        var listed = await process.Client.ListModelsAsync(new ListModelsRequest());
        Assert.Equal([ModelKind.QualityJudge, ModelKind.ImageEncoder, ModelKind.VisionLanguage, ModelKind.VisionLanguage],
            listed.Models.Select(model => model.Kind));
        Assert.Equal(digest, listed.Models[1].Digest);
        Assert.False(listed.Banks.Single(bank => bank.Name == "without").HasThreshold);
        Assert.Contains("bank.f16", listed.Banks.Single(bank => bank.Name == "broken").Problem, StringComparison.Ordinal);
    }

    private async Task AssertRefusedAsync(StatusCode status, string part, AssessImageRequest request)
    {
        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await process.Client.AssessImageAsync(request));
        Assert.Equal(status, refusal.StatusCode);
        Assert.Contains(part, refusal.Status.Detail, StringComparison.Ordinal);
    }

    private static AssessImageRequest Ask(byte[] png, string digest, string bank, string bankDigest, string encoder = Encoder) => new()
    {
        Image = Content(png),
        Embedding = new PinnedName { Name = encoder, Digest = digest },
        Bank = bank.Length > 0 ? new PinnedName { Name = bank, Digest = bankDigest } : null,
    };

    private async Task<string> AddEncoderAsync(string source)
    {
        Directory.CreateDirectory(process.EncoderRoot);
        if (Directory.Exists(Path.Combine(process.EncoderRoot, Encoder)))
            return (await process.Client.ListModelsAsync(new ListModelsRequest())).Models[1].Digest;
        var model = await ImageEncoderImporter.ImportAsync(source, process.EncoderRoot, new ImageEncoderImportSettings { Name = Encoder },
            (_, _) => Assert.Fail("the folder has a graph of its own"), TestContext.Current.CancellationToken);
        Assert.Equal((32, "cls", false), (model.Width, model.Card.ImageEncoder!.Pooling, model.IsGraphMade));
        return model.Digest;
    }

    private string WriteBank(string name, string encoderDigest, float[] row, double? threshold)
    {
        var folder = ImageBankFolder.Write(
            process.BankRoot, name, new ImageBankContent(Encoder, encoderDigest, "", ["patient-7.png"], row));
        if (threshold is { } cosine)
            ImageBankFolder.WriteThreshold(folder, cosine);
        return Models.ModelFolder.DigestOf(folder);
    }

    private static ImageSource Content(byte[] image) => new() { Content = ByteString.CopyFrom(image) };
}
