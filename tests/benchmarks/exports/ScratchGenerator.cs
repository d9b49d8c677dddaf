using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Onnx;

namespace SynCxr.Mesh.Benchmarks.Exports;

/// <summary>A generator with random weights in a scratch folder, which is deleted in the end.</summary>
internal sealed class ScratchGenerator : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("syncxr-generator").FullName;

    /// <param name="threads">Slices that the engine computes side by side.</param>
    public ScratchGenerator(StableDiffusionShape shape, int threads)
    {
        var shipped = Path.Combine(AppContext.BaseDirectory, Diffusion.DiffusionOptions.ShippedModel, "tokenizer");
        Weights = StableDiffusionFolderWriter.Write(_folder, "random", shape, Directory.GetFiles(shipped));
        Engine = OnnxLatentDiffusionEngine.Load(_folder, new OnnxSessionOptions(ExecutionProviderNames.Cpu, threads));
    }

    /// <summary>Weights of the U-Net.</summary>
    public long Weights { get; }

    public OnnxLatentDiffusionEngine Engine { get; }

    /// <summary>The U-Net's file.</summary>
    public string UNetPath => Path.Combine(_folder, "unet", "model.onnx");

    /// <summary>Bytes of all files.</summary>
    public long CountBytes() => Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);

    public void Dispose()
    {
        Engine.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
