using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Torch.Losses;
using SynCxr.Mesh.Torch.Tokenizer;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Export;
using SynCxr.Mesh.Trainer.Pairs;
using SynCxr.Mesh.Trainer.Tokenizer;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Tests.Export;

/// <summary>The model that trainer and evaluator share, and its folder.</summary>
[Collection("torch")]
public sealed class VisionLanguageModelTests
{
    private static readonly string[] _texts = ["Focal consolidation, compatible with pneumonia.", "The lungs are clear.",
        "No pneumothorax is seen, no effusion."];

    public static TheoryData<string, int> Kinds { get; } = new() { { ContrastiveMethodNames.Convirt, 0 },
        { ContrastiveMethodNames.Gloria, 48 } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Open_WrittenFolder_AnswersAsTheModelThatWasWritten(string method, int upsampled)
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = Write(folder, method, upsampled);
        using var opened = VisionLanguageModel.Open(folder["model"]);
        var images = Images(5);
        Same(model.EmbedImages(images), opened.EmbedImages(images));
        Same(model.EmbedTexts(_texts), opened.EmbedTexts(_texts));
        Same(model.Similarity(images, _texts), opened.Similarity(images, _texts));
        Assert.Equal([5L, 3L], opened.Similarity(images, _texts).shape);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Run_WrittenFolder_OnnxRuntimeAgrees(string method, int upsampled)
    {
        using var folder = new ScratchFolder();
        using var model = Write(folder, method, upsampled);
        var differences = OnnxExportCheck.Run(folder["model"], OnnxRuntimeRunner.Run);
        Assert.Equal(6, differences.Count);
        Assert.All(differences, d => Assert.True(d.Passed && d.LargestOutput > 0.01, d.ToString()));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Texts_BesideALongerOne_StayAsTheyAre(string method, int upsampled)
    {
        using var scope = NewDisposeScope();
        using var model = Model(method, upsampled);
        model.SetTraining(false);
        var alone = model.EmbedTexts(["The lungs are clear."]);
        Near(alone[0], model.EmbedTexts(_texts)[1]);
    }

    [Fact]
    public void Pixels_AnotherSize_AreStretchedAndStandardised()
    {
        using var scope = NewDisposeScope();
        using var model = Model(ContrastiveMethodNames.Convirt, 0);
        var pixels = model.ToPixels([GrayImage.Filled(7, 90, 255), GrayImage.Filled(64, 64, 0)]);
        Assert.Equal([2L, 1, 32, 32], pixels.shape);
        Assert.Equal(1f, pixels[0].max().item<float>(), 1e-6);
        Assert.Equal(-1f, pixels[1].min().item<float>(), 1e-6);
    }

    [Fact]
    public void Open_WeightsOfAnotherShape_NamesKeyAndBothShapes()
    {
        using var scope = NewDisposeScope();
        using var folder = new ScratchFolder();
        using var model = Write(folder, ContrastiveMethodNames.Convirt, 0);
        var path = folder["model/" + VisionLanguageModel.WeightsFile];
        var tensors = Safetensors.Load(path).Tensors;
        tensors["image.conv1.weight"] = zeros(16, 3, 5, 5);
        Safetensors.Save(path, tensors);
        ModelFolder.WriteSums(folder["model"]);
        var error = Assert.Throws<InvalidDataException>(() => VisionLanguageModel.Open(folder["model"]));
        Assert.Contains("'image.conv1.weight'", error.Message, StringComparison.Ordinal);
        Assert.Contains("[16, 3, 7, 7]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[16, 3, 5, 5]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stages_GrayImage_EqualsThreeEqualChannels()
    {
        using var scope = NewDisposeScope();
        using var model = Model(ContrastiveMethodNames.Convirt, 0);
        model.SetTraining(false);
        var gray = randn(2, 1, 32, 32);
        Near(model.ImageEncoder.Stages(gray.expand(2, 3, 32, 32))[4], model.ImageEncoder.Stages(gray)[4]);
    }

    private static VisionLanguageModel Model(string method, int upsampled)
    {
        torch.random.manual_seed(3);
        var tokenizer = new WordPieceTokenizer(WordPieceTrainer.Train(_texts, 90), lowerCase: true);
        return new VisionLanguageModel(new VisionLanguageCard
        {
            Method = method,
            Side = 32,
            Upsampled = upsampled,
            Mean = 0.5,
            Deviation = 0.5,
            Tokens = 24,
            Embedding = 32,
            Image = new ResNetSizes { Blocks = [1, 1, 1, 1], Width = 16 },
            Text = new BertSizes
            {
                Vocabulary = tokenizer.VocabularySize,
                Hidden = 32,
                Layers = 2,
                Heads = 2,
                Intermediate = 48,
                Positions = 24,
            },
            Loss = method == ContrastiveMethodNames.Convirt ? ConvirtLoss.Mgca.Settings : GloriaLoss.Paper.Settings,
        }, tokenizer);
    }

    private static VisionLanguageModel Write(ScratchFolder folder, string method, int upsampled)
    {
        var model = Model(method, upsampled);
        using (no_grad())
        {
            foreach (var (name, value) in model.State())
            {
                if (name.EndsWith("running_mean", StringComparison.Ordinal))
                    value.copy_(randn(value.shape) * 0.1f);
                else if (name.EndsWith("running_var", StringComparison.Ordinal))
                    value.copy_(rand(value.shape) + 0.5f);
            }
        }

        Directory.CreateDirectory(folder["model"]);
        VisionLanguageFolderWriter.Write(folder["model"], model,
            new Dictionary<string, FindingPromptPair> { ["pneumonia"] = new(["Pneumonia."], ["No pneumonia."]) },
            new SeenHashes(new HashSet<string> { "00112233445566778899" }, new HashSet<string>()));
        ModelCardFile.Write(folder["model/" + ModelFolder.CardFile],
            new ModelCard
            {
                Name = "test",
                Version = "1",
                Kind = ModelKindNames.VisionLanguage,
                Licence = "none",
                VisionLanguage = model.Card,
            });
        ModelFolder.WriteSums(folder["model"]);
        return model;
    }

    private static GrayImage[] Images(int count) =>
        [.. Enumerable.Range(0, count)
            .Select(i => new GrayImage(40, 30, [.. Enumerable.Range(0, 1200).Select(p => (byte)((p * (i + 3) + p / 40 * 17) % 256))]))];

    private static void Same(Tensor a, Tensor b) => Assert.Equal(a.data<float>().ToArray(), b.data<float>().ToArray());

    private static void Near(Tensor a, Tensor b) =>
        Assert.True((a - b).abs().max().item<float>() < 1e-5f * Math.Max(1, a.abs().max().item<float>()), "differ");
}
