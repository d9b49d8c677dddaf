using SynCxr.Mesh.Curation.Importing;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Importing;

public sealed class ImageEncoderImporterTests
{
    [Theory]
    [InlineData("config.json", "{}", "config.json: model_type: is missing")]
    [InlineData("config.json", "{\"model_type\": \"bert\"}", "config.json: model_type: is of no image encoder")]
    [InlineData("preprocessor_config.json", "{}", "preprocessor_config.json: image_processor_type: is missing")]
    [InlineData("preprocessor_config.json", "[", "preprocessor_config.json: The file is not JSON")]
    [InlineData("model.onnx", "no graph", "model.onnx: ")]
    public async Task ImportAsync_DamagedFolder_IsRefusedByFileAndLeavesNothing(string file, string content, string part)
    {
        if (!GoldenFolder.TryFind("encoder-exports", out var goldens))
            return;
        using var scratch = new ScratchFolder();
        var source = goldens.CopyFolder("rad-dino-tiny", Directory.CreateDirectory(scratch["source"]).FullName);
        File.WriteAllText(Path.Combine(source, file), content);
        var root = Directory.CreateDirectory(scratch["models"]).FullName;

        var refusal = await Assert.ThrowsAsync<InvalidDataException>(() => ImportAsync(source, root));

        Assert.Contains(Path.Combine(source, part.Split(':')[0]), refusal.Message, StringComparison.Ordinal);
        Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(root));
    }

    [Fact]
    public async Task ImportAsync_FolderWithoutGraph_HasItWrittenAndPicksThePooling()
    {
        if (!GoldenFolder.TryFind("encoder-exports", out var goldens))
            return;
        using var scratch = new ScratchFolder();
        var source = goldens.CopyFolder("rad-dino-tiny", Directory.CreateDirectory(scratch["source"]).FullName);
        File.Delete(Path.Combine(source, "model.onnx"));
        var root = Directory.CreateDirectory(scratch["models"]).FullName;

        var model = await ImageEncoderImporter.ImportAsync(source, root,
            new ImageEncoderImportSettings { Name = "own", Licence = "MIT", Pooling = ImagePoolingNames.Mean, NearDuplicate = 0.9 },
            (_, target) => File.Copy(goldens.Resolve("rad-dino-tiny/model.onnx"), target), TestContext.Current.CancellationToken);

        Assert.True(model.IsGraphMade);
        var card = ModelFolder.Open(model.Path).Card;
        Assert.Equal((ModelKindNames.ImageEncoder, "MIT", "mean", 0.9),
            (card.Kind, card.Licence, card.ImageEncoder!.Pooling, card.ImageEncoder.NearDuplicate));
        Assert.Equal(["model.safetensors"], model.LeftOut);

        var pooling = await Assert.ThrowsAsync<InvalidDataException>(() => ImageEncoderImporter.ImportAsync(source, root,
            new ImageEncoderImportSettings { Name = "other", Pooling = ImagePoolingNames.Output },
            (_, target) => File.Copy(goldens.Resolve("rad-dino-tiny/model.onnx"), target), TestContext.Current.CancellationToken));
        Assert.Contains("computes no vector of its own", pooling.Message, StringComparison.Ordinal);
    }

    private static Task<ImportedImageEncoder> ImportAsync(string source, string root) => ImageEncoderImporter.ImportAsync(source, root,
        new ImageEncoderImportSettings { Name = "own" }, (_, _) => Assert.Fail("the folder has a graph of its own"),
        TestContext.Current.CancellationToken);
}
