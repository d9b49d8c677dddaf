using TorchSharp;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Trainer.Export;

/// <summary>Rows of unit length in float16, row after row: the bad bank and the memorisation index.</summary>
internal static class FeatureFile
{
    /// <param name="features">[n, d].</param>
    public static void Write(string path, Tensor features)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var half = features.to_type(ScalarType.Float16).contiguous();
        File.WriteAllBytes(path, half.bytes.ToArray());
    }
}
