using System.Globalization;
using System.Text.RegularExpressions;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Torch.Networks;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Weights;

/// <summary>
/// Residual networks of other libraries: a folder as transformers saves it (<c>config.json</c> and safetensors, <c>ResNetModel</c>), and a
/// file in torchvision's names, which timm's <c>resnet18</c> and <c>resnet50</c> have too. Variants with other stems, shortcuts or strides
/// are refused by their configuration or by a key that our network does not have.
/// </summary>
public static partial class ResNetFolderReader
{
    private const int Stages = 4;

    /// <summary>Reads the configuration of a folder; what it leaves out has the default of transformers' <c>ResNetConfig</c>.</summary>
    /// <param name="read">How a file of the folder is read.</param>
    /// <exception cref="InvalidDataException">Names the file, and the key whose value is not computed with here.</exception>
    public static ResNetConfig ReadConfig(string folder, Func<string, byte[]> read)
    {
        var path = Path.Combine(folder, BertFolderReader.ConfigFile);
        if (!File.Exists(path))
            throw new InvalidDataException($"{path}: is missing; it says what the network is made of");
        var config = JsonFileValue.Parse(path, read(path));
        BertFolderReader.Expect(config, "model_type", "resnet");
        BertFolderReader.Expect(config, "hidden_act", "relu");
        foreach (var key in new[] { "downsample_in_first_stage", "downsample_in_bottleneck" })
        {
            if (BertFolderReader.Given(config, key) is { Flag: true } value)
                throw value.Fault("must be false: the stride is in the 3x3 convolution, from the second stage on");
        }

        var channels = BertFolderReader.Size(config, "num_channels", 3);
        if (channels != 3)
            throw config.RequireMember("num_channels").Fault("must be 3");
        var type = BertFolderReader.Given(config, "layer_type");
        if (type is { Text: not ("basic" or "bottleneck") })
            throw type.Value.Fault("must be basic or bottleneck");
        var isBottleneck = type is not { Text: "basic" };
        var widths = Sizes(config, "hidden_sizes", [256, 512, 1024, 2048]);
        if (isBottleneck && widths.Any(w => w % 4 != 0))
            throw config.RequireMember("hidden_sizes").Fault("must be multiples of 4 with bottlenecks");
        return new ResNetConfig(Sizes(config, "depths", [3, 4, 6, 3]), isBottleneck, BertFolderReader.Size(config, "embedding_size", 64))
        {
            StageWidths = widths,
        };
    }

    /// <summary>Reads the weights of a folder; a classifier is left unused.</summary>
    /// <param name="config">As the folder says; the weights must have its sizes, or no network is made of them.</param>
    /// <param name="open">How a file of the folder is opened.</param>
    /// <exception cref="InvalidDataException">Names the file, and the key that is wrong.</exception>
    public static ForeignWeights ReadWeights(string folder, ResNetConfig config, Func<string, Stream> open)
    {
        var weights = ForeignWeights.Rename(Safetensors.LoadFolder(folder, open), "resnet.",
            name => name.StartsWith("classifier.", StringComparison.Ordinal) ? null : Rename(name));
        weights.CheckShape("conv1.weight", config.Width, 3, 7, 7);
        for (var stage = 0; stage < Stages; stage++)
        {
            var (block, width) = ($"layer{stage + 1}.{config.Blocks[stage] - 1}", config.Channels(stage));
            if (config.Bottleneck)
                weights.CheckShape($"{block}.conv3.weight", width, width / 4, 1, 1);
            else
                weights.CheckShape($"{block}.conv2.weight", width, width, 3, 3);
        }

        return weights;
    }

    /// <summary>Sorts the tensors of a file in torchvision's names, or of one of our models; the classifier is left unused.</summary>
    /// <exception cref="InvalidDataException">The names are those of transformers, whose folder is wanted, or of a deep stem.</exception>
    public static ForeignWeights ReadTorchvision(IReadOnlyDictionary<string, Tensor> tensors)
    {
        if (tensors.Keys.FirstOrDefault(k => k.Contains("embedder.embedder.", StringComparison.Ordinal)) is { } foreign)
            throw new InvalidDataException($"has '{EchoedText.Shorten(foreign)}', a name of transformers. Give the folder of the file "
                + "instead, so that its config.json is read");
        if (tensors.Keys.FirstOrDefault(k => DeepStemPattern().IsMatch(k)) is { } deep)
            throw new InvalidDataException($"has '{EchoedText.Shorten(deep)}', of a stem of several convolutions; ours has one, of 7x7");
        return ForeignWeights.Rename(tensors, "image.", name => name.StartsWith("fc.", StringComparison.Ordinal) ? null : name);
    }

    /// <summary>torchvision's name for one of transformers; one that is not known stays, so that it is refused as it was given.</summary>
    private static string Rename(string name)
    {
        if (StemPattern().Match(name) is { Success: true } stem)
            return (stem.Groups[1].Value == "convolution" ? "conv1." : "bn1.") + stem.Groups[2].Value;
        if (LayerPattern().Match(name) is not { Success: true } layer)
            return name;
        var (stage, block, part, end) = (Number(layer.Groups[1]) + 1, Number(layer.Groups[2]), layer.Groups[4], layer.Groups[6].Value);
        var isConvolution = layer.Groups[5].Value == "convolution";
        var inner = part.Success ? $"{(isConvolution ? "conv" : "bn")}{Number(part) + 1}" : isConvolution ? "downsample.0" : "downsample.1";
        return string.Create(CultureInfo.InvariantCulture, $"layer{stage}.{block}.{inner}.{end}");
    }

    private static int[] Sizes(JsonFileValue config, string key, int[] absent)
    {
        if (BertFolderReader.Given(config, key) is not { } value)
            return absent;
        int[] sizes = [.. value.Items.Select(i => i.Id)];
        return sizes.Length == Stages && sizes.All(s => s > 0) ? sizes : throw value.Fault("must be four numbers above 0");
    }

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A(module\.)?conv1\.[0-9]")]
    private static partial Regex DeepStemPattern();

    [GeneratedRegex(@"\Aembedder\.embedder\.(convolution|normalization)\.(\w+)\z")]
    private static partial Regex StemPattern();

    [GeneratedRegex(@"\Aencoder\.stages\.([0-9]{1,4})\.layers\.([0-9]{1,4})\.(shortcut|layer\.([0-9]{1,4}))\."
        + @"(convolution|normalization)\.(\w+)\z")]
    private static partial Regex LayerPattern();
}
