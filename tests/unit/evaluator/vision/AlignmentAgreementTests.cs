using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using SynCxr.Mesh.Curation;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Evaluator.Tests.Peers;
using SynCxr.Mesh.Hosting;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Weights;
using Xunit;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Evaluator.Tests.Vision;

/// <summary>
/// The alignment that the curation service says with ONNX graphs, against what the evaluator computes with the same model's weights.
/// </summary>
public sealed class AlignmentAgreementTests
{
    private const double Tolerance = 1e-5;
    private const string Gloria = "tiny-gloria";

    private static readonly string[][] _reports =
    [
        ["No pneumonia."],
        ["Bacterial pneumonia.", "There is lobar consolidation. The heart is normal."],
        ["Viral pneumonia with diffuse interstitial opacities.", string.Join(' ', Enumerable.Repeat("The lungs are clear.", 14))],
    ];

    [Theory]
    [InlineData("cxr-tiny-convirt-real")]
    [InlineData("cxr-tiny-convirt-synthetic")]
    [InlineData(Gloria)]
    public async Task AssessImage_Alignment_IsTheCosineOfTheEvaluatorsVectors(string name)
    {
        using var scratch = new ScratchFolder();
        var folder = name == Gloria ? WriteGloria(scratch[$"models/{name}"]) : Path.Combine(AppContext.BaseDirectory, "models", name);
        await using var app = await StartAsync(scratch["store"], scratch["models"]);
        using var channel = GrpcChannel.ForAddress(MeshHost.Addresses(app)[0]);
        await WaitUntilReadyAsync(new Health.HealthClient(channel));
        var client = new CurationService.CurationServiceClient(channel);
        using var model = VisionLanguageModel.Open(folder);
        var cosines = new List<double>();
        foreach (var (number, image) in Images().Index())
        {
            foreach (var texts in _reports)
            {
                var request = new AssessImageRequest
                {
                    Image = new ImageSource { Content = ByteString.CopyFrom(ImageCodec.EncodePng(image)) },
                    Alignment = new AlignmentQuestion { Model = new PinnedName { Name = name }, Texts = { texts } },
                };
                var found = (await client.AssessImageAsync(request)).Verdict.Alignment;
                cosines.Add(found.Similarity);
                var wanted = Compare(model, image, texts);
                Assert.True(Math.Abs(wanted - found.Similarity) <= Tolerance,
                    $"image {number}, '{texts[0]}': the evaluator says {wanted}, curation {found.Similarity}");
                Assert.Equal(texts.Any(text => model.Tokenizer.Encode(text, int.MaxValue).Ids.Length > model.Card.Tokens),
                    found.Truncated);
            }
        }

        Assert.True(cosines.Max() - cosines.Min() > (name == Gloria ? 1e-3 : 0.05), "all are equally near: this shows nothing");
    }

    private static double Compare(VisionLanguageModel model, GrayImage image, string[] texts)
    {
        using var scope = NewDisposeScope();
        var read = model.EmbedTexts(texts).mean([0]); // [D]
        return (model.EmbedImages([image])[0] * (read / read.norm())).sum().item<float>();
    }

    /// <summary>A made picture of odd sides, and real radiographs where they are.</summary>
    private static IEnumerable<GrayImage> Images()
    {
        yield return new GrayImage(91, 130, [.. Enumerable.Range(0, 91 * 130).Select(i => (byte)(127 + (100 * Math.Sin(i / 37.0))))]);
        if (!SharedData.TryFind("kermany-cxr-224/valid", out var folder))
            yield break;
        foreach (var kind in new[] { "normal", "bacterial_pneumonia", "viral_pneumonia" })
        {
            var file = Directory.EnumerateFiles(Path.Combine(folder, kind)).Order(StringComparer.Ordinal).First();
            yield return ImageCodec.DecodeGray(File.ReadAllBytes(file), file);
        }
    }

    /// <summary>A small model of that method, with the graphs that the trainer exports and the weights rounded as they are there.</summary>
    private static string WriteGloria(string folder)
    {
        TinyVisionLanguageModel.Write(folder, ContrastiveMethodNames.Gloria);
        using (var model = VisionLanguageModel.Open(folder))
        {
            var rounded = model.State().ToDictionary(s => s.Key,
                s => s.Value.dtype == ScalarType.Float32 ? s.Value.detach().to_type(ScalarType.Float16) : s.Value, StringComparer.Ordinal);
            Safetensors.Save(Path.Combine(folder, VisionLanguageModel.WeightsFile), rounded);
            model.Load(rounded);
            foreach (var (part, graph) in new[] { ("image_encoder", model.EmitImages()), ("text_encoder", model.EmitTexts()) })
            {
                Directory.CreateDirectory(Path.Combine(folder, part));
                File.WriteAllBytes(Path.Combine(folder, part, "model.onnx"), graph.ToModel());
            }
        }

        ModelFolder.WriteSums(folder);
        return folder;
    }

    private static async Task<WebApplication> StartAsync(string store, string models)
    {
        Directory.CreateDirectory(store);
        var builder = MeshHost.CreateBuilder(["--Mesh:Port=0", "--Mesh:JsonPort=0", $"--Storage:Root={store}",
            $"--Curation:EncoderRoot={models}"], "curation");
        builder.AddCuration();
        var app = builder.BuildMesh();
        app.MapMeshDefaults();
        app.MapCuration();
        await app.StartAsync();
        return app;
    }

    private static async Task WaitUntilReadyAsync(Health.HealthClient health)
    {
        using var watch = health.Watch(new HealthCheckRequest { Service = "ready" },
            deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30));
        await foreach (var state in watch.ResponseStream.ReadAllAsync())
        {
            if (state.Status == HealthCheckResponse.Types.ServingStatus.Serving)
                return;
        }

        Assert.Fail("the service ended its health stream without becoming ready");
    }
}
