using System.Text.Json;
using SynCxr.Mesh.Torch.Training;
using SynCxr.Mesh.Torch.Weights;
using SynCxr.Mesh.Trainer.Networks;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Export;

/// <summary>Reads networks back from an exported folder: sizes from <c>config.json</c>, weights from <c>model.onnx</c>.</summary>
public static class ExportedNetworkReader
{
    public static ClipTextEncoder ReadTextEncoder(string folder) =>
        Fill(() => new ClipTextEncoder(ReadConfig<ClipTextEncoderConfig>(folder)), folder);

    public static UNet ReadUNet(string folder) => Fill(() => new UNet(ReadConfig<UNetConfig>(folder)), folder);

    public static VaeDecoder ReadVaeDecoder(string folder) => Fill(() => new VaeDecoder(ReadConfig<VaeConfig>(folder)), folder);

    public static QualityJudgeNetwork ReadJudge(string folder) =>
        Fill(() => new QualityJudgeNetwork(ReadConfig<QualityJudgeConfig>(folder)), folder);

    /// <exception cref="InvalidDataException">Names the file that is missing or was not written by the exporter, or the weight with both
    /// shapes.</exception>
    private static T Fill<T>(Func<T> make, string folder)
        where T : nn.Module
    {
        var network = TorchRandom.WithGlobalSeed(0, make);
        using var scope = NewDisposeScope();
        var weights = OnnxWeightReader.Read(File.ReadAllBytes(Existing(folder, "model.onnx")));
        ModuleWeights.Load(network, weights.ToDictionary(w => w.Key, w => tensor(w.Value.Values, w.Value.Shape), StringComparer.Ordinal));
        return network;
    }

    private static T ReadConfig<T>(string folder)
    {
        var path = Existing(folder, "config.json");
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path)) ?? throw new InvalidDataException($"{path}: is empty");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    private static string Existing(string folder, string file)
    {
        var path = Path.Combine(folder, file);
        return File.Exists(path) ? path : throw new InvalidDataException($"{path}: is missing");
    }
}
