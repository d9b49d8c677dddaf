using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Torch.Contrastive;
using SynCxr.Mesh.Trainer.Export;
using Xunit;

namespace SynCxr.Mesh.Trainer.Tests.Export;

/// <summary>The shipped models, which our exporter wrote, on both runtimes.</summary>
[Collection("torch")]
public sealed class OnnxExportCheckTests
{
    private static readonly string _generator = Path.Combine(Repository.Root, "services/diffusion/models/cxr-tiny-generator");
    private static readonly string _contrastive = Path.Combine(Repository.Root, "services/evaluator/models/cxr-tiny-convirt-real");
    private static readonly string _judge = Path.Combine(Repository.Root, "services/curation/models/cxr-tiny-judge");

    [Fact]
    public void Run_ShippedGenerator_EveryNetworkAgreesAtBatchOneAndFive()
    {
        var differences = OnnxExportCheck.Run(_generator, OnnxRuntimeRunner.Run);
        Assert.Equal(6, differences.Count);
        Assert.All(differences, d => Assert.True(d.Passed, d.ToString()));
        Assert.All(differences, d => Assert.True(d.LargestOutput > 0.01, d.ToString()));
    }

    [Fact]
    public void Run_ShippedJudge_LogitsAndEmbeddingAgreeAtBatchOneAndFive()
    {
        var differences = OnnxExportCheck.Run(_judge, OnnxRuntimeRunner.Run);
        Assert.Equal(4, differences.Count);
        Assert.All(differences, d => Assert.True(d.Passed, d.ToString()));
    }

    /// <summary>
    /// Reading a shipped file into its network and writing that again loses nothing: the exporter's bytes never change unnoticed.
    /// </summary>
    [Fact]
    public void ToModel_ShippedNetworksReadBack_AreTheShippedFilesToTheByte()
    {
        using var judge = ExportedNetworkReader.ReadJudge(_judge);
        using var text = ExportedNetworkReader.ReadTextEncoder(Path.Combine(_generator, "text_encoder"));
        using var unet = ExportedNetworkReader.ReadUNet(Path.Combine(_generator, "unet"));
        using var decoder = ExportedNetworkReader.ReadVaeDecoder(Path.Combine(_generator, "vae_decoder"));
        using var model = VisionLanguageModel.Open(_contrastive);
        Assert.Equal(File.ReadAllBytes(Path.Combine(_judge, "model.onnx")), judge.Emit().ToModel());
        Assert.Equal(File.ReadAllBytes(Path.Combine(_generator, "text_encoder/model.onnx")), text.Emit().ToModel());
        Assert.Equal(File.ReadAllBytes(Path.Combine(_generator, "unet/model.onnx")), unet.Emit().ToModel());
        Assert.Equal(File.ReadAllBytes(Path.Combine(_generator, "vae_decoder/model.onnx")), decoder.Emit().ToModel());
        Assert.Equal(File.ReadAllBytes(Path.Combine(_contrastive, "image_encoder/model.onnx")), model.EmitImages().ToModel());
        Assert.Equal(File.ReadAllBytes(Path.Combine(_contrastive, "text_encoder/model.onnx")), model.EmitTexts().ToModel());
    }

    [Theory]
    [InlineData(0.001f)]
    [InlineData(float.NaN)]
    public void Run_OtherRuntimeIsOff_SaysSo(float error)
    {
        var differences = OnnxExportCheck.Run(_judge,
            (path, inputs) => OnnxRuntimeRunner.Run(path, inputs).ToDictionary(o => o.Key, o => Off(o.Value, error)));
        Assert.All(differences.Where(d => d.Output == "embedding"), d => Assert.False(d.Passed));
    }

    [Fact]
    public void Judge_WeightOfAnotherShape_NamesKeyAndBothShapes()
    {
        using var folder = new ScratchFolder();
        File.Copy(Path.Combine(_judge, "model.onnx"), folder["model.onnx"]);
        File.WriteAllText(folder["config.json"],
            File.ReadAllText(Path.Combine(_judge, "config.json")).Replace("48", "64", StringComparison.Ordinal));
        var error = Assert.Throws<InvalidDataException>(() => ExportedNetworkReader.ReadJudge(folder.Path));
        Assert.Contains("[64, 32, 3, 3]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[48, 32, 3, 3]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Judge_CutOffFile_IsRefused()
    {
        using var folder = new ScratchFolder();
        File.Copy(Path.Combine(_judge, "config.json"), folder["config.json"]);
        File.WriteAllBytes(folder["model.onnx"], File.ReadAllBytes(Path.Combine(_judge, "model.onnx"))[..50_000]);
        Assert.Throws<InvalidDataException>(() => ExportedNetworkReader.ReadJudge(folder.Path));
    }

    private static float[] Off(float[] values, float error) => [.. values.Select((v, i) => i == 7 ? v + error : v)];
}
