using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Torch.Networks;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Networks;
using TorchSharp;
using Xunit;

namespace SynCxr.Mesh.Trainer.Tests.Networks;

/// <summary>
/// Names and shapes of every weight by preset, against a text file each: whoever changes a network changes every checkpoint and every
/// export, and sees it here. To approve a change, copy the file that the message names.
/// </summary>
[Collection("torch")]
public sealed class NetworkShapeTests
{
    private const int Vocabulary = 1000;

    public static TheoryData<string> Networks { get; } = [.. Made.Keys];

    private static Dictionary<string, Func<torch.nn.Module>> Made => new(StringComparer.Ordinal)
    {
        ["unet-tiny"] = () => new UNet(UNetConfig.Tiny),
        ["unet-test"] = () => new UNet(UNetConfig.Test),
        ["text-encoder-tiny"] = () => new ClipTextEncoder(ClipTextEncoderConfig.Tiny(Vocabulary)),
        ["vae-encoder-tiny"] = () => new VaeEncoder(VaeConfig.Tiny),
        ["vae-decoder-tiny"] = () => new VaeDecoder(VaeConfig.Tiny),
        ["unet-small"] = () => new UNet(UNetConfig.Small),
        ["vae-encoder-small"] = () => new VaeEncoder(VaeConfig.Small),
        ["vae-decoder-small"] = () => new VaeDecoder(VaeConfig.Small),
        ["patch-discriminator"] = () => new PatchDiscriminator(),
        ["judge-tiny"] = () => new QualityJudgeNetwork(QualityJudgeConfig.Tiny),
        ["resnet-18"] = () => new ResNet(ResNetConfig.ResNet18),
        ["resnet-50"] = () => new ResNet(ResNetConfig.ResNet50),
        ["resnet-tiny"] = () => new ResNet(ResNetConfig.Tiny),
        ["bert-base"] = () => new Bert(BertConfig.Base),
        ["bert-tiny"] = () => new Bert(BertConfig.Tiny(Vocabulary)),
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Weights_OfAPreset_AreTheApprovedOnes(string network)
    {
        using var module = Made[network]();
        var text = string.Concat(ModuleWeights.NamedState(module).OrderBy(w => w.Key, StringComparer.Ordinal)
            .Select(w => $"{w.Key} {string.Join('x', w.Value.shape)}\n"));
        var approved = Path.Combine(Repository.Root, "tests", "unit", "trainer", "shapes", network + ".txt");
        if (!File.Exists(approved) || File.ReadAllText(approved) != text)
        {
            var received = Path.Combine(Path.GetTempPath(), network + ".txt");
            File.WriteAllText(received, text);
            Assert.Fail($"{network} has other weights than {approved}; received: {received}");
        }
    }
}
