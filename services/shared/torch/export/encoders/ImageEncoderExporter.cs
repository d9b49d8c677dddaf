using SynCxr.Mesh.Models.Tokenizer;
using SynCxr.Mesh.Torch.Weights;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Torch.Export.Encoders;

/// <summary>
/// Makes an ONNX graph of an image encoder that is given as <c>config.json</c> and <c>model.safetensors</c>: DINOv2 (RAD-DINO among them),
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
        var (configPath, path) = (Path.Combine(folder, ConfigFile), Path.Combine(folder, WeightsFile));
        var config = ImageEncoderConfig.Read(
            JsonFileValue.Find(configPath) ?? throw new InvalidDataException($"{configPath}: is missing"));
        if (!File.Exists(path))
            throw new InvalidDataException($"{path}: is missing, and so is model.onnx");
        using var scope = NewDisposeScope();
        var tensors = Safetensors.Load(path).Tensors;
        foreach (var tensor in tensors.Values)
            scope.Attach(tensor);
        if (tensors.Values.Sum(tensor => tensor.numel() * sizeof(float)) > MaxBytes)
            throw new InvalidDataException($"{path}: holds more than {MaxBytes / sizeof(float)} numbers; export model.onnx beside it");
        var own = $"{config.Family.ModelType}.";
        var prefix = tensors.Keys.Any(key => key.StartsWith(own, StringComparison.Ordinal)) ? own : "";
        File.WriteAllBytes(target, new ImageEncoderGraphBuilder(config, new EncoderWeights(path, tensors, prefix)).Build());
    }
}
