using Grpc.Core;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Evaluator.Tests.Peers;

/// <summary>A judge whose features are the means of 8 by 8 blocks, and who accepts what has dark lungs and a bright middle.</summary>
internal sealed class BlockMeanJudgePeer : CurationService.CurationServiceBase
{
    private const int Blocks = 8;

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListModelsResponse
        {
            Models =
        {
            new ModelDescription
            {
                Name = "blocks", Version = "1", Kind = ModelKind.QualityJudge, Digest = new string('d', 64), Engine = "blocks",
                Thresholds = new JudgeThresholds { Memorised = 0.99999 },
                MemorisationChecks = { new MemorisationCheck { Generator = "painter", TrainingImages = 12 } },
            },
        },
        });

    public override Task<EmbedImagesResponse> EmbedImages(EmbedImagesRequest request, ServerCallContext context) =>
        Task.FromResult(new EmbedImagesResponse
        {
            Embeddings = { request.Images.Select(i => new Embedding { Values = { Features(i) } }) },
        });

    public override Task<AssessImageResponse> AssessImage(AssessImageRequest request, ServerCallContext context)
    {
        var image = ImageCodec.DecodeGray(request.Image.Content.Span, "image");
        double Mean(int fromX, int toX) =>
            Enumerable.Range(fromX, toX - fromX).Average(x => Enumerable.Range(16, 32).Average(y => image[x, y]));
        var accepted = Mean(31, 34) - Mean(44, 52) > 25;
        return Task.FromResult(new AssessImageResponse { Verdict = new CurationVerdict { Accepted = accepted } });
    }

    private static float[] Features(ImageSource source)
    {
        var small = ImageResizer.ResizeByArea(ImageCodec.DecodeGray(source.Content.Span, "image"), Blocks, Blocks);
        double[] values = [.. small.Pixels.Select(p => p - 110.0)];
        var length = Math.Sqrt(values.Sum(v => v * v)) + 1e-9;
        return [.. values.Select(v => (float)(v / length))];
    }
}
