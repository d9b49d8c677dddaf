using SynCxr.Mesh.Diffusion.Engine;
using SynCxr.Mesh.Onnx;
using Xunit;

namespace SynCxr.Mesh.Diffusion.Tests.Engine;

/// <summary>
/// Bound inputs give the bits of plain ones, also where each input and the output have places of their own, as CUDA graphs need them. Here
/// these places are in the processor's memory; the README of the service lists what only a GPU can show.
/// </summary>
public sealed class BoundRunTests
{
    private const int Side = 8;
    private static readonly OnnxSessionOptions _fixedPlaces =
        OnnxSessionOptions.Cpu with { Device = new DeviceSettings { CudaGraphs = true } };

    public static TheoryData<bool> FixedPlaces => [false, true];

    [Theory]
    [MemberData(nameof(FixedPlaces))]
    public void Run_StepsOfChangingBatches_GivesTheBitsOfPlainRuns(bool isFixed)
    {
        using var plain = Load(OnnxSessionOptions.Cpu, isBound: false);
        using var bound = Load(isFixed ? _fixedPlaces : OnnxSessionOptions.Cpu, isBound: true);
        float[][] states = [CreateNoise(1, StatesLength), CreateNoise(2, StatesLength), CreateNoise(3, StatesLength)];
        int[][] batches = [[0, 1], [0, 1], [1, 0], [2, 0, 1], [0, 1], [2, 2]]; // whose states a row has
        for (var step = 0; step < batches.Length; step++)
        {
            var rows = batches[step].Select((which, i) =>
                new UNetRow(CreateNoise((10 * step) + i, 4 * Side * Side), 900 - (100 * step), states[which], 64)).ToList();
            Assert.Equal(Run(plain, rows), Run(bound, rows));
        }
    }

    [Theory]
    [MemberData(nameof(FixedPlaces))]
    public void Run_MoreShapesThanAreKept_StillGivesTheBits(bool isFixed)
    {
        using var plain = Load(OnnxSessionOptions.Cpu, isBound: false);
        using var bound = Load(isFixed ? _fixedPlaces : OnnxSessionOptions.Cpu, isBound: true);
        var states = CreateNoise(1, StatesLength);
        for (var count = 1; count <= BoundRunCache.Capacity + 2; count++)
        {
            for (var turn = 0; turn < 2; turn++)
            {
                var rows = Enumerable.Range(0, count)
                    .Select(i => new UNetRow(CreateNoise(count + i + turn, 4 * Side * Side), 500, states, 64)).ToList();
                Assert.Equal(Run(plain, rows), Run(bound, rows));
            }
        }
    }

    [Fact]
    public void Set_SameArrays_IsNotMadeAgain()
    {
        using var session = OnnxSession.Load(GraphPath, OnnxSessionOptions.Cpu);
        using var run = session.Bind(session.Outputs.Keys.Single());
        var (made, states) = (0, CreateNoise(1, StatesLength));
        TensorInput Create()
        {
            made++;
            return TensorInput.Create("encoder_hidden_states", states, 1, states.Length / Width, Width);
        }
        run.Set("encoder_hidden_states", [states], Create);
        run.Set("encoder_hidden_states", [states], Create);
        Assert.Equal(1, made);

        run.Set("encoder_hidden_states", [[.. states]], Create);

        Assert.Equal(2, made);
    }

    private static string GraphPath => Path.Combine(ShippedGenerator.Folder, "unet", "model.onnx");

    private static int StatesLength => ShippedGenerator.OneThread.Unconditional.Length;

    private static int Width => StatesLength / ShippedGenerator.OneThread.Tokenize("").Ids.Length;

    private static UNetSession Load(OnnxSessionOptions settings, bool isBound) =>
        new(GraphPath, DiffusersConfig.Read(Path.Combine(ShippedGenerator.Folder, "unet", "config.json")), settings, isBound);

    private static float[] Run(UNetSession unet, List<UNetRow> rows) =>
        [.. unet.Run(rows, StatesLength / Width, 4, Side, Side).SelectMany(prediction => prediction)];

    private static float[] CreateNoise(int seed, int size)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, size).Select(_ => (2 * random.NextSingle()) - 1)];
    }
}
