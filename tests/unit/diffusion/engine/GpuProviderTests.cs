using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Onnx;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Engine;

/// <summary>
/// The shipped U-Net on the provider that <c>SYNCXR_GPU</c> names (<c>cuda</c>, <c>tensorrt</c>; a build with <c>-p:MeshBackend=cuda</c>):
/// bound, recorded as a CUDA graph, and held against the processor. Without the variable it says that it was not tested.
/// </summary>
public sealed class GpuProviderTests
{
    private const string Variable = "SYNCXR_GPU";
    private const int Side = 8;
    private const double Tolerance = 5e-3; // TensorFloat-32 and other sums than the processor's

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Run_StepsOnTheGpu_GivesTheProcessorsNumbers(bool isBound, bool isRecorded)
    {
#pragma warning disable RS0030 // a test has no options to bind
        var provider = Environment.GetEnvironmentVariable(Variable);
#pragma warning restore RS0030
        if (string.IsNullOrEmpty(provider))
        {
            Console.WriteLine($"not tested: no GPU is given. With one: {Variable}=cuda, in a build with -p:MeshBackend=cuda");
            return;
        }
        if (isRecorded && provider != ExecutionProviderNames.Cuda)
            return; // only that provider records
        var settings = new OnnxSessionOptions(provider, 1) { Device = new DeviceSettings { CudaGraphs = isRecorded } };
        using var processor = Load(OnnxSessionOptions.Cpu, isBound: false);
        using var gpu = Load(settings, isBound);
        float[][] states = [CreateNoise(1, StatesLength), CreateNoise(2, StatesLength)];
        for (var step = 0; step < 6; step++) // a CUDA graph is recorded at the second run of a shape and replayed from then on
        {
            var rows = states.Select((own, i) => new UNetRow(CreateNoise((10 * step) + i, 4 * Side * Side), 900 - (100 * step), own, 64))
                .ToList();
            var (wanted, got) = (Run(processor, rows), Run(gpu, rows));
            var worst = wanted.Zip(got, (a, b) => Math.Abs(a - b)).Max();
            Assert.True(worst <= Tolerance, $"step {step} is off by {worst}");
        }
    }

    private static int StatesLength => ShippedGenerator.OneThread.Unconditional.Length;

    private static int Width => StatesLength / ShippedGenerator.OneThread.Tokenize("").Ids.Length;

    private static UNetSession Load(OnnxSessionOptions settings, bool isBound)
    {
        var folder = Path.Combine(ShippedGenerator.Folder, "unet");
        return new UNetSession(
            Path.Combine(folder, "model.onnx"), DiffusersConfig.Read(Path.Combine(folder, "config.json")), settings, isBound);
    }

    private static float[] Run(UNetSession unet, List<UNetRow> rows) =>
        [.. unet.Run(rows, StatesLength / Width, 4, Side, Side).SelectMany(prediction => prediction)];

    private static float[] CreateNoise(int seed, int size)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, size).Select(_ => (2 * random.NextSingle()) - 1)];
    }
}
