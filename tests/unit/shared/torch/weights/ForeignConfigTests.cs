using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Torch.Networks;
using SynCxr.Mesh.Torch.Weights;
using Xunit;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Shared.Tests.Torch.Weights;

/// <summary>What a <c>config.json</c> of another library says is obeyed, or refused by its key.</summary>
[Collection("torch")]
public sealed class ForeignConfigTests
{
    [Fact]
    public void ReadConfig_EmptyBertConfig_HasTheLibrarysDefaults()
    {
        var config = ReadBert("{}");
        Assert.Equal(new BertConfig(30522, 768, 12, 12, 3072, 512, 0.1), config);
        Assert.Equal(("gelu", 1e-12, 2), (config.Activation, config.LayerNormEps, config.TokenTypes));
    }

    [Theory]
    [InlineData("\"hidden_act\": \"mish\"", "hidden_act: must be one of gelu, gelu_new, relu, silu")]
    [InlineData("\"num_attention_heads\": 7", "num_attention_heads: is 7 and must divide hidden_size, 768")]
    [InlineData("\"num_attention_heads\": 0", "num_attention_heads: must be above 0")]
    [InlineData("\"num_hidden_layers\": \"2\"", "num_hidden_layers: must be a whole number from 0 on")]
    [InlineData("\"layer_norm_eps\": 0", "layer_norm_eps: must be a number above 0 and below 1")]
    [InlineData("\"layer_norm_eps\": NaN", "layer_norm_eps: must be a number above 0 and below 1")]
    [InlineData("\"position_embedding_type\": \"relative_key\"", "position_embedding_type: must be absolute")]
    [InlineData("\"is_decoder\": true", "is_decoder: must be false")]
    [InlineData("\"add_cross_attention\": true", "add_cross_attention: must be false")]
    [InlineData("\"pruned_heads\": {\"0\": [1]}", "pruned_heads: must be empty")]
    [InlineData("\"model_type\": \"roberta\"", "model_type: must be bert")]
    public void ReadConfig_BertThatIsNotComputedHere_IsRefusedByFileAndKey(string setting, string problem) =>
        Assert.Contains($"config.json: {problem}", Assert.Throws<InvalidDataException>(() => ReadBert($"{{{setting}}}")).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("\"hidden_act\": \"gelu\"", "hidden_act: must be relu")]
    [InlineData("\"downsample_in_bottleneck\": true", "downsample_in_bottleneck: must be false")]
    [InlineData("\"downsample_in_first_stage\": true", "downsample_in_first_stage: must be false")]
    [InlineData("\"num_channels\": 1", "num_channels: must be 3")]
    [InlineData("\"layer_type\": \"wide\"", "layer_type: must be basic or bottleneck")]
    [InlineData("\"hidden_sizes\": [30, 32, 64, 128]", "hidden_sizes: must be multiples of 4")]
    [InlineData("\"depths\": [1, 1, 1]", "depths: must be four numbers above 0")]
    [InlineData("\"model_type\": \"regnet\"", "model_type: must be resnet")]
    public void ReadConfig_ResNetThatIsNotComputedHere_IsRefusedByFileAndKey(string setting, string problem)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["config.json"], $"{{{setting}}}");
        var error = Assert.Throws<InvalidDataException>(() => ResNetFolderReader.ReadConfig(folder[""], File.ReadAllBytes));
        Assert.Contains($"config.json: {problem}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 8, "the weights lack 'encoder.layer.1.intermediate.dense.weight' of shape [16, 8], which config.json describes")]
    [InlineData(1, 12, "'embeddings.word_embeddings.weight': config.json describes shape [20, 12], the weights have [20, 8]")]
    public void ReadWeights_ConfigOfAnotherSize_IsRefusedBeforeANetworkIsMade(int layers, int hidden, string problem)
    {
        using var folder = new ScratchFolder();
        var config = Save(folder, new Bert(new BertConfig(20, 8, 1, 2, 16, 10, 0)));
        var error = Assert.Throws<InvalidDataException>(
            () => BertFolderReader.ReadWeights(folder[""], config with { Layers = layers, Hidden = hidden }, File.OpenRead));
        Assert.Equal(problem, error.Message);
    }

    [Fact]
    public void ReadWeights_ValueThatIsNotFinite_IsRefusedByKey()
    {
        using var folder = new ScratchFolder();
        using var network = new Bert(new BertConfig(20, 8, 1, 2, 16, 10, 0));
        using (no_grad())
            ModuleWeights.NamedParameters(network)["encoder.layer.0.output.dense.bias"].fill_(float.NaN);
        var config = Save(folder, network);
        Assert.Contains("'encoder.layer.0.output.dense.bias'",
            Assert.Throws<InvalidDataException>(() => BertFolderReader.ReadWeights(folder[""], config, File.OpenRead)).Message,
            StringComparison.Ordinal);
    }

    private static BertConfig Save(ScratchFolder folder, Bert network)
    {
        Safetensors.Save(folder["model.safetensors"], ModuleWeights.NamedState(network));
        return network.Config;
    }

    private static BertConfig ReadBert(string json)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder["config.json"], json);
        return BertFolderReader.ReadConfig(folder[""], File.ReadAllBytes);
    }
}
