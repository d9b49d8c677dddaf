using SynCxr.Mesh.Models;
using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Torch.Weights;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Export.Encoders;

/// <summary>
/// Makes an ONNX graph of an image encoder that is given as <c>config.json</c> and safetensors: DINOv2 (RAD-DINO among them),
/// ViT, and the vision halves of CLIP and SigLIP.
/// </summary>
public static class ImageEncoderExporter
{
    public const string WeightsFile = "model.safetensors";

    private const string ConfigFile = "config.json";
    private const long MaxBytes = 1_900_000_000; // a protobuf message has at most 2 GiB

    /// <summary>Writes the graph; input <c>pixel_values</c> [B, 3, H, W], outputs by the family, all float32.</summary>
    /// <exception cref="InvalidDataException">Names the file and the key or tensor that is missing or can't be obeyed.</exception>
    public static void Export(string folder, string target)
    {
        var configPath = Path.Combine(folder, ConfigFile);
        var config = ImageEncoderConfig.Read(
            JsonFileValue.Find(configPath) ?? throw new InvalidDataException($"{configPath}: is missing"));
        using var scope = NewDisposeScope();
        var tensors = Safetensors.LoadFolder(folder, File.OpenRead);
        foreach (var tensor in tensors.Values)
            scope.Attach(tensor);
        if (tensors.Values.Sum(tensor => tensor.numel() * sizeof(float)) > MaxBytes)
            throw new InvalidDataException($"{folder}: holds more than {MaxBytes / sizeof(float)} numbers; export model.onnx beside them");
        File.WriteAllBytes(target, new ImageEncoderGraphBuilder(config, ReadWeights(folder, tensors, config.Family)).Build());
    }

    private static EncoderWeights ReadWeights(string folder, Dictionary<string, Tensor> tensors, ImageEncoderFamily family)
    {
        var path = Path.Combine(folder, WeightsFile);
        try
        {
            // An encoder with a classifier has its keys under its own name: vit.embeddings.cls_token.
            return new EncoderWeights(path, ForeignWeights.Rename(tensors, $"{family.ModelType}.", key => key).Tensors);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }
    }
}
