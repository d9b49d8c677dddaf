using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Resource.V1;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests;

public sealed class CurationServiceTests(CurationHostFixture process) : IClassFixture<CurationHostFixture>
{
    private static readonly ModelFolder _judge = ModelFolder.Open(CurationHostFixture.JudgeFolder);
    private static readonly JudgeCard _settings = _judge.Card.Judge!;

    [Fact]
    public async Task AssessImage_ByContentAndByReference_GivesTheSameVerdictWithEverythingInIt()
    {
        var png = TestImages.WavesPng(5);
        var address = await process.Objects.PutAsync(RequestContext.LocalTenant, png, default);
        var byContent = await process.Client.AssessImageAsync(new AssessImageRequest { Image = Content(png), Generator = "mirror" });
        var byReference = await process.Client.AssessImageAsync(new AssessImageRequest
        {
            Image = new ImageSource { Ref = address.ToReference("image/png", png.Length) },
            Generator = "mirror",
        });
        Assert.Equal(byContent, byReference);
        var verdict = byContent.Verdict;
        Assert.Equal(_settings.Heads.Select(h => (h.Question, h.Threshold, !h.Trained)),
            verdict.Answers.Select(a => (a.Question, a.Threshold, a.Untrained)));
        Assert.All(verdict.Answers, a => Assert.Equal(a.Score >= a.Threshold, a.Yes));
        Assert.Equal(["bad_bank", "memorised"], verdict.Likenesses.Select(l => l.Check));
        Assert.Equal([_settings.BadSimilarity, _settings.Memorised], verdict.Likenesses.Select(l => l.Threshold));
        Assert.All(verdict.Likenesses, l => Assert.NotEmpty(l.Nearest));
        Assert.Equal(verdict.Accepted, verdict.Reasons.Count == 0);
        Assert.Equal(verdict.Reasons.Order(StringComparer.Ordinal), verdict.Reasons);
        Assert.Equal((_judge.Card.Name, _judge.Digest, "onnx-judge"), (verdict.Judge.Model, verdict.Judge.Digest, verdict.Judge.Engine));
        Assert.Equal(_settings.Embedding, byContent.Embedding.Count);
        Assert.Equal(1, Math.Sqrt(byContent.Embedding.Sum(v => (double)v * v)), 1e-4);
    }

    [Fact]
    public async Task AssessImage_TrainingImageOfTheGenerator_IsMemorised()
    {
        var response = await process.Client.AssessImageAsync(
            new AssessImageRequest { Image = Content(ImageCodec.EncodePng(CurationHostFixture.MemorisedImage)), Generator = "mirror" });
        var likeness = response.Verdict.Likenesses.Single(l => l.Check == "memorised");
        Assert.True(likeness.Refused);
        Assert.Matches("^[0-9a-f]{64}$", likeness.Nearest); // an HMAC: the name may tell a patient
        Assert.Contains("memorised", response.Verdict.Reasons);
        Assert.False(response.Verdict.Accepted);
    }

    [Fact]
    public async Task AssessImage_WithoutGenerator_LeavesMemorisationOut()
    {
        var response = await process.Client.AssessImageAsync(new AssessImageRequest { Image = Content(TestImages.WavesPng(3)) });
        Assert.Equal(["bad_bank"], response.Verdict.Likenesses.Select(l => l.Check));
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("absent")]
    public async Task AssessImage_GeneratorWithoutIndex_SaysSoOrIsRefusedWhereTheCheckIsRequired(string generator)
    {
        var request = new AssessImageRequest { Image = Content(TestImages.WavesPng(1)), Generator = generator };
        var verdict = (await process.Client.AssessImageAsync(request)).Verdict;
        Assert.Equal("not checked (no index)", verdict.Memorisation);
        Assert.Equal(["bad_bank"], verdict.Likenesses.Select(l => l.Check));
        request.Memorisation = MemorisationPolicy.Required;
        await AssertInvalidFieldAsync("generator", () => process.Client.AssessImageAsync(request));
    }

    [Fact]
    public async Task AssessImage_MemorisationLeftOut_SaysSoThoughThereIsAnIndex()
    {
        var request = new AssessImageRequest
        {
            Image = Content(TestImages.WavesPng(1)),
            Generator = "mirror",
            Memorisation = MemorisationPolicy.LeftOut,
        };
        Assert.Equal("not checked (no index)", (await process.Client.AssessImageAsync(request)).Verdict.Memorisation);
        request.Memorisation = MemorisationPolicy.Unspecified;
        Assert.False((await process.Client.AssessImageAsync(request)).Verdict.HasMemorisation);
    }

    [Fact]
    public async Task AssessImage_IndexOfAnotherJudge_IsRefusedNotSkipped()
    {
        var error = await FailedCallAsync(
            () => process.Client.AssessImageAsync(new AssessImageRequest { Image = Content(TestImages.WavesPng(1)), Generator = "stale" }));
        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Contains("of-another-judge", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AssessImage_BadImages_NameTheFieldAndTheServiceLivesOn()
    {
        var png = TestImages.WavesPng(1);
        byte[][] bad = ["a text file"u8.ToArray(), [], png[..^30], WithHugeWidth(png)];
        foreach (var bytes in bad)
            await AssertInvalidFieldAsync("image.content",
                () => process.Client.AssessImageAsync(new AssessImageRequest { Image = Content(bytes) }));
        await AssertInvalidFieldAsync("image", () => process.Client.AssessImageAsync(new AssessImageRequest()));
        await AssertInvalidFieldAsync("image.ref.uri",
            () => process.Client.AssessImageAsync(
                new AssessImageRequest { Image = new ImageSource { Ref = new() { Uri = "objects/local/../../etc/passwd" } } }));
        await AssertInvalidFieldAsync("model",
            () => process.Client.AssessImageAsync(new AssessImageRequest { Image = Content(png), Model = "../judge" }));
        Assert.NotNull((await process.Client.AssessImageAsync(new AssessImageRequest { Image = Content(png) })).Verdict);
    }

    [Fact]
    public async Task AssessImage_ReferenceOfAnotherTenantOrToNothing_IsNotFound()
    {
        var png = TestImages.WavesPng(2);
        var other = await process.Objects.PutAsync("other", png, default);
        var request = new AssessImageRequest { Image = new ImageSource { Ref = other.ToReference("image/png", png.Length) } };
        Assert.Equal(StatusCode.NotFound, (await FailedCallAsync(() => process.Client.AssessImageAsync(request))).StatusCode);
        await process.Client.AssessImageAsync(request, new Metadata { { RequestContext.TenantHeader, "other" } });
        var nothing = SynCxr.Mesh.Objects.ObjectAddress.Create(RequestContext.LocalTenant, "nothing"u8).ToReference("image/png", 7);
        var error = await FailedCallAsync(
            () => process.Client.AssessImageAsync(new AssessImageRequest { Image = new ImageSource { Ref = nothing } }));
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    [Fact]
    public async Task EmbedImages_Many_ComeInRequestOrderAndEqualTheAssessedOnes()
    {
        var request = new EmbedImagesRequest { Images = { Enumerable.Range(0, 19).Select(i => Content(TestImages.WavesPng(i))) } };
        var response = await process.Client.EmbedImagesAsync(request);
        Assert.Equal(19, response.Embeddings.Count);
        Assert.Equal("onnx-embedding", response.Judge.Engine);
        for (var i = 0; i < 19; i += 6)
            Assert.Equal((await process.Client.AssessImageAsync(new AssessImageRequest { Image = request.Images[i] })).Embedding,
                response.Embeddings[i].Values);
    }

    [Fact]
    public async Task EmbedImages_OneBadAmongGood_IsNamedByItsPlace()
    {
        var images = Enumerable.Range(0, 5).Select(i => Content(i == 3 ? "text"u8.ToArray() : TestImages.WavesPng(i)));
        await AssertInvalidFieldAsync("images[3].content",
            () => process.Client.EmbedImagesAsync(new EmbedImagesRequest { Images = { images } }));
        await AssertInvalidFieldAsync("images", () => process.Client.EmbedImagesAsync(new EmbedImagesRequest()));
        await AssertInvalidFieldAsync("images",
            () => process.Client.EmbedImagesAsync(
                new EmbedImagesRequest { Images = { Enumerable.Range(0, 65).Select(_ => new ImageSource()) } }));
    }

    [Fact]
    public async Task FindDuplicates_AgainstABlockAndEachOther_NamesTheDuplicates()
    {
        var width = _settings.Embedding;
        float[] rows = [.. TestFeatures.AtAngle(0, width), .. TestFeatures.AtAngle(120, width)];
        var block = await process.Objects.PutAsync(RequestContext.LocalTenant,
            System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(rows).ToArray(), default);
        var request = new FindDuplicatesRequest
        {
            Candidates = { Candidate(10, 0.5), Candidate(11, 60), Candidate(12, 60.5), Candidate(13, 200) },
            Accepted = { new EmbeddingBlock { Ref = block.ToReference("application/octet-stream", rows.Length * 4), Indexes = { 4, 7 } } },
        };
        var duplicates = (await process.Client.FindDuplicatesAsync(request)).Duplicates;
        Assert.Equal([(10, "4"), (12, "11")], duplicates.Select(d => (d.Index, d.Likeness.Nearest)));
        Assert.All(duplicates,
            d => Assert.True(d.Likeness is { Refused: true, Check: "near_duplicate" } && d.Likeness.Threshold == _settings.NearDuplicate));
    }

    [Fact]
    public async Task FindDuplicates_BadInput_NamesTheField()
    {
        await AssertInvalidFieldAsync("candidates", Find());
        await AssertInvalidFieldAsync("candidates[0].values", Find(new IndexedEmbedding { Index = 1, Values = { 1, 2 } }));
        await AssertInvalidFieldAsync("candidates[0].values", Find(Candidate(1, 0, 2)));
        await AssertInvalidFieldAsync("candidates[0].values", Find(Candidate(1, 0, float.NaN)));
        await AssertInvalidFieldAsync("candidates[1].index", Find(Candidate(5, 0), Candidate(5, 90)));
        await AssertInvalidFieldAsync("candidates[0].index", Find(Candidate(-1, 0)));
        await AssertInvalidFieldAsync("accepted[0].ref",
            () => process.Client.FindDuplicatesAsync(
                new FindDuplicatesRequest { Candidates = { Candidate(1, 0) }, Accepted = { new EmbeddingBlock() } }));
        var block = await process.Objects.PutAsync(RequestContext.LocalTenant, new byte[12], default);
        var accepted = new EmbeddingBlock { Ref = block.ToReference("application/octet-stream", 12), Indexes = { 0 } };
        await AssertInvalidFieldAsync("accepted[0].indexes",
            () => process.Client.FindDuplicatesAsync(
                new FindDuplicatesRequest { Candidates = { Candidate(1, 0) }, Accepted = { accepted } }));

        Func<AsyncUnaryCall<FindDuplicatesResponse>> Find(params IndexedEmbedding[] candidates) =>
            () => process.Client.FindDuplicatesAsync(new FindDuplicatesRequest { Candidates = { candidates } });
    }

    [Fact]
    public async Task ListModels_Judge_SaysWhatItIsAndWhatIsNotLearnt()
    {
        var listed = (await process.Client.ListModelsAsync(new ListModelsRequest())).Models;
        var model = Assert.Single(listed, model => model.Kind != ModelKind.VisionLanguage);
        Assert.Equal((_judge.Card.Name, ModelKind.QualityJudge, _judge.Digest, "onnx-judge", true),
            (model.Name, model.Kind, model.Digest, model.Engine, model.Deterministic));
        Assert.Equal(_settings.Heads.Where(h => !h.Trained).Select(h => h.Question), model.Untrained);
        Assert.NotEmpty(model.Fingerprint);
        var checks = model.MemorisationChecks.ToDictionary(c => c.Generator);
        Assert.Equal((1, ""), (checks["mirror"].TrainingImages, checks["mirror"].Problem));
        Assert.Contains("of-another-judge", checks["stale"].Problem, StringComparison.Ordinal);
        Assert.Contains("not checked", checks["absent"].Problem, StringComparison.Ordinal);
        Assert.Equal((true, true, false, true), (checks["mirror"].HasIndex, checks["stale"].HasIndex, checks["absent"].HasIndex,
            checks["fixed-cost"].HasIndex));
        Assert.Equal(_settings.Memorised, model.Thresholds.Memorised);
        Assert.Equal(_settings.Heads.Select(h => h.Question).Order(), model.Thresholds.Questions.Keys.Order());
    }

    private static ImageSource Content(byte[] bytes) => new() { Content = ByteString.CopyFrom(bytes) };

    private static IndexedEmbedding Candidate(long index, double degrees, float scale = 1) =>
        new() { Index = index, Values = { TestFeatures.AtAngle(degrees, _settings.Embedding).Select(v => v * scale) } };

    private static byte[] WithHugeWidth(byte[] png)
    {
        var bomb = (byte[])png.Clone();
        bomb[16] = 0x7F; // the width's first byte
        return bomb;
    }

    private static async Task AssertInvalidFieldAsync<T>(string field, Func<AsyncUnaryCall<T>> call)
    {
        var error = await FailedCallAsync(call);
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal("INVALID_FIELD", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
        Assert.Equal(field, Assert.Single(error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations).Field);
    }

    private static Task<RpcException> FailedCallAsync<T>(Func<AsyncUnaryCall<T>> call) =>
        Assert.ThrowsAsync<RpcException>(async () => await call());
}
