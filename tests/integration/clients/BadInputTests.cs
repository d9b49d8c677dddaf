using System.Buffers.Binary;
using Google.Protobuf;
using Google.Rpc;
using Grpc.Core;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Clients;

/// <summary>Every bad input is refused with INVALID_ARGUMENT and the name of the field, and ends no process.</summary>
public sealed class BadInputTests(StandaloneMeshFixture mesh)
{
    private static readonly byte[] _png = ImageCodec.EncodePng(new GrayImage(8, 8, new byte[64]));

    [Theory]
    [InlineData(0, "spec.entities")]
    [InlineData(10_000, "spec.entities")]
    public async Task WriteReport_EntitySetOfWrongSize_NamesEntities(int count, string field)
    {
        var spec = new ReportSpec { Entities = { Enumerable.Range(0, count).Select(i => $"abnormality/e{i}") } };

        await AssertRefusedAsync(field, () => Report.WriteReportAsync(new WriteReportRequest { Spec = spec }));
    }

    [Fact]
    public Task WriteReport_UnknownEntity_NamesIt() =>
        AssertRefusedAsync("spec.entities[1]",
            () => Report.WriteReportAsync(
                new WriteReportRequest { Spec = new ReportSpec { Entities = { "abnormality/consolidation", "abnormality/nonsense" } } }));

    [Fact]
    public Task WriteReport_NoSpec_NamesIt() => AssertRefusedAsync("spec", () => Report.WriteReportAsync(new WriteReportRequest()));

    [Fact]
    public Task RenderImage_PromptOfOneMegabyte_NamesIt() =>
        AssertImageRefusedAsync("spec.prompt", new ImageSpec { Prompt = new string('x', 1 << 20) });

    [Fact]
    public Task RenderImage_EmptyPrompt_NamesIt() => AssertImageRefusedAsync("spec.prompt", new ImageSpec());

    [Fact]
    public Task RenderImage_OddSize_NamesWidth() =>
        AssertImageRefusedAsync("spec.width", new ImageSpec { Prompt = "x", Width = 63, Height = 4096 });

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    [InlineData(-1)]
    public Task RenderImage_StepsOutOfRange_NamesThem(int steps) =>
        AssertImageRefusedAsync("spec.steps", new ImageSpec { Prompt = "x", Steps = steps });

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-1)]
    public Task RenderImage_GuidanceThatIsNoScale_NamesIt(double guidance) =>
        AssertImageRefusedAsync("spec.guidance", new ImageSpec { Prompt = "x", Guidance = guidance });

    [Fact]
    public Task RenderImage_UnknownScheduler_NamesIt() =>
        AssertImageRefusedAsync("spec.scheduler", new ImageSpec { Prompt = "x", Scheduler = "euler" });

    [Fact]
    public Task RenderImage_UnknownModel_NamesIt() =>
        AssertImageRefusedAsync("spec.model", new ImageSpec { Prompt = "x", Model = "../../etc/passwd" });

    [Fact]
    public Task AssessImage_TextFile_NamesTheImage() => AssertAssessmentRefusedAsync("plain text, no image"u8.ToArray());

    [Fact]
    public Task AssessImage_Truncated_NamesTheImage() => AssertAssessmentRefusedAsync(_png[..^20]);

    [Fact]
    public Task AssessImage_Bomb_NamesTheImage()
    {
        var bomb = (byte[])_png.Clone();
        BinaryPrimitives.WriteInt32BigEndian(bomb.AsSpan(16), 60_000);
        BinaryPrimitives.WriteInt32BigEndian(bomb.AsSpan(20), 60_000);
        return AssertAssessmentRefusedAsync(bomb);
    }

    [Fact]
    public async Task AssessImage_CmykJpeg_IsRefusedByName() =>
        Assert.Contains("CMYK JPEG", (await AssertAssessmentRefusedAsync(ForeignImages.CmykJpeg())).Status.Detail,
            StringComparison.Ordinal);

    [Fact]
    public Task AssessImage_UnknownGenerator_NamesIt() =>
        AssertRefusedAsync("generator",
            () => Curation.AssessImageAsync(
                new AssessImageRequest
                {
                    Image = new ImageSource { Content = ByteString.CopyFrom(_png) },
                    Generator = "../x",
                    Memorisation = MemorisationPolicy.Required,
                }));

    [Fact]
    public Task ListDatasets_NegativePageSize_NamesIt() =>
        AssertRefusedAsync("page_size", () => Datasets.ListDatasetsAsync(new ListDatasetsRequest { PageSize = -1 }));

    [Fact]
    public Task ListEntities_ForeignPageToken_NamesIt() =>
        AssertRefusedAsync("page_token",
            () => Balancer.ListEntitiesAsync(
                new ListEntitiesRequest { Vocabulary = "vocabularies/chest-xray", PageToken = "Zm9yZWlnbg==" }));

    [Fact]
    public Task ListEntities_VocabularyWithDots_NamesIt() =>
        AssertRefusedAsync("vocabulary",
            () => Balancer.ListEntitiesAsync(new ListEntitiesRequest { Vocabulary = "vocabularies/../secret" }));

    [Fact]
    public Task GetDataset_NameWithDots_NamesIt() =>
        AssertRefusedAsync("name", () => Datasets.GetDatasetAsync(new GetDatasetRequest { Name = "datasets/../../etc" }));

    [Fact]
    public Task CreateVocabulary_IdWithDots_NamesIt() =>
        AssertRefusedAsync("vocabulary_id", () => Balancer.CreateVocabularyAsync(new CreateVocabularyRequest { VocabularyId = "../x" }));

    [Fact]
    public Task CreateDataset_NoPairs_NamesThem() => AssertRefusedAsync("spec.pairs", () => ValidateDatasetAsync(new DatasetSpec()));

    [Fact]
    public Task CreateDataset_MoreFindingsThanTheGeneratorDepicts_NamesThem() =>
        AssertRefusedAsync("spec.draw.findings_per_set",
            () => ValidateDatasetAsync(new DatasetSpec { Pairs = 4, Draw = new SamplingSpec { FindingsPerSet = 32, AnatomyPerSet = 32 } }));

    [Fact]
    public Task CreateDataset_VocabularyThatIsNotThere_NamesIt() =>
        AssertRefusedAsync("spec.draw.vocabulary",
            () => ValidateDatasetAsync(new DatasetSpec { Pairs = 4, Draw = new SamplingSpec { Vocabulary = "vocabularies/none" } }),
            StatusCode.NotFound);

    [Fact]
    public async Task CreateDataset_CapTooSmall_SaysTheLargestNumberAndThatOneSucceeds()
    {
        var spec = new DatasetSpec { Pairs = 1_000_000, Draw = new SamplingSpec { UsageCap = 2 } };

        var error = await AssertRefusedAsync("spec.draw.usage_cap", () => ValidateDatasetAsync(spec));
        var largest = long.Parse(
            System.Text.RegularExpressions.Regex.Match(error.Status.Detail, @"largest[^0-9]*([0-9]+)").Groups[1].Value);

        spec.Pairs = largest;
        await ValidateDatasetAsync(spec);
        spec.Pairs = largest + 1;
        await AssertRefusedAsync("spec.draw.usage_cap", () => ValidateDatasetAsync(spec));
    }

    [Fact]
    public async Task CreateDataset_RequestIdWithAnotherBody_IsRefused()
    {
        var first = new CreateDatasetRequest { Spec = new DatasetSpec { Pairs = 1, Seed = 5 }, RequestId = "bad-input-1" };
        var again = new CreateDatasetRequest { Spec = new DatasetSpec { Pairs = 2, Seed = 5 }, RequestId = "bad-input-1" };

        var made = await Datasets.CreateDatasetAsync(first);

        Assert.Equal(made.Dataset.Name, (await Datasets.CreateDatasetAsync(first)).Dataset.Name);
        var error = await AssertRefusedAsync("request_id", async () => await Datasets.CreateDatasetAsync(again));
        Assert.Equal("REQUEST_ID_REUSED", error.GetRpcStatus()!.GetDetail<ErrorInfo>()!.Reason);
    }

    [Fact]
    public Task ReadDatasetFile_PathWithDots_NamesIt() => AssertRefusedAsync("path", async () =>
    {
        using var call = Datasets.ReadDatasetFile(new ReadDatasetFileRequest { Name = "datasets/none", Path = "../manifest.json" });
        await call.ResponseStream.MoveNext(CancellationToken.None);
    });

    private ReportService.ReportServiceClient Report => new(mesh.Channel);

    private DiffusionService.DiffusionServiceClient Diffusion => new(mesh.Channel);

    private CurationService.CurationServiceClient Curation => new(mesh.Channel);

    private BalancerService.BalancerServiceClient Balancer => new(mesh.Channel);

    private DatasetService.DatasetServiceClient Datasets => new(mesh.Channel);

    private async Task ValidateDatasetAsync(DatasetSpec spec) =>
        await Datasets.CreateDatasetAsync(new CreateDatasetRequest { Spec = spec, ValidateOnly = true });

    private Task<RpcException> AssertImageRefusedAsync(string field, ImageSpec spec) =>
        AssertRefusedAsync(field, () => Diffusion.RenderImageAsync(new RenderImageRequest { Spec = spec }));

    private Task<RpcException> AssertAssessmentRefusedAsync(byte[] content) =>
        AssertRefusedAsync("image.content",
            () => Curation.AssessImageAsync(new AssessImageRequest { Image = new ImageSource { Content = ByteString.CopyFrom(content) } }));

    private Task<RpcException> AssertRefusedAsync<T>(string field, Func<AsyncUnaryCall<T>> call,
        StatusCode status = StatusCode.InvalidArgument) =>
        AssertRefusedAsync(field, async () => await call(), status);

    private async Task<RpcException> AssertRefusedAsync(string field, Func<Task> call, StatusCode status = StatusCode.InvalidArgument)
    {
        var error = await Assert.ThrowsAsync<RpcException>(call);
        Assert.True(error.StatusCode == status, error.Status.ToString());
        Assert.Single(error.GetRpcStatus()!.Details, d => d.Is(ErrorInfo.Descriptor));
        if (status == StatusCode.InvalidArgument)
            Assert.Contains(field, error.GetRpcStatus()!.GetDetail<BadRequest>()!.FieldViolations.Select(f => f.Field));
        mesh.AssertAlive();
        return error;
    }
}
