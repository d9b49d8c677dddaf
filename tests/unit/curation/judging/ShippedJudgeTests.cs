using SynCxr.Mesh.Curation.Judging;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Onnx;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Judging;

/// <summary>What the shipped judge is worth on real radiographs of patients that it has not seen, and on the same ones spoilt.</summary>
public sealed class ShippedJudgeTests
{
    private static readonly Dictionary<string, Func<GrayImage, GrayImage>> _spoilers = new()
    {
        ["upside down"] = i => Map(i, (x, y) => i[x, i.Height - 1 - y]),
        ["inverted"] = i => Map(i, (x, y) => (byte)(255 - i[x, y])),
        ["quarter turn"] = QuarterTurn,
        ["blank"] = i => GrayImage.Filled(i.Width, i.Height, 128),
        ["low contrast"] = i => Map(i, (x, y) => (byte)(118 + (i[x, y] / 16))),
        ["noise"] = i => Map(i, (x, y) => (byte)((((x * 73856093) ^ (y * 19349663)) >> 4) * 37)),
    };

    [Theory]
    [InlineData("kermany-cxr-224/valid", 0.95)]
    [InlineData("nih-cxr14-64px/NIH1000/valid", 0.95)]
    public async Task Judge_UnseenRadiographs_AcceptsThemAndRejectsThemSpoilt(string folder, double least)
    {
        if (!SharedData.TryFind(folder, out var path))
            return;
        using var judge = JudgeModel.Load(CurationHostFixture.JudgeFolder, new OnnxSessionOptions(ExecutionProviderNames.Cpu, 1));
        var files = Directory.GetFiles(path, "*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) is ".png" or ".jpeg")
            .Order(StringComparer.Ordinal).ToArray();
        GrayImage[] images = [.. files.Where((_, i) => i % Math.Max(1, files.Length / 100) == 0)
            .Select(f => ImageCodec.DecodeGray(File.ReadAllBytes(f), f))];
        var real = await MeasureAcceptedShareAsync(judge, images);
        TestContext.Current.TestOutputHelper?.WriteLine($"{folder}: {images.Length} images, accepted {real:0.000}");
        Assert.InRange(real, least, 1);
        foreach (var (name, spoil) in _spoilers)
        {
            var accepted = await MeasureAcceptedShareAsync(judge, [.. images.Select(spoil)]);
            TestContext.Current.TestOutputHelper?.WriteLine($"  {name}: accepted {accepted:0.000}");
            Assert.InRange(accepted, 0, 0.05);
        }
    }

    private static async Task<double> MeasureAcceptedShareAsync(JudgeModel judge, GrayImage[] images) =>
        (await judge.RunAsync([.. images.Select(judge.PrepareInput)], CancellationToken.None))
            .Average(
                row => new Verdict(Verdict.AnswersOf(judge.Settings.Heads, row.Logits),
                    [judge.BadBank.FindNearest(row.Embedding).ToLikeness(LikenessCheckNames.BadBank,
                        judge.Settings.BadSimilarity)]).Accepted ? 1.0 : 0);

    private static GrayImage QuarterTurn(GrayImage image)
    {
        var square = ImageResizer.ResizeByArea(image, 64, 64);
        return Map(square, (x, y) => square[y, 63 - x]);
    }

    private static GrayImage Map(GrayImage image, Func<int, int, byte> shade)
    {
        var pixels = new byte[image.Pixels.Length];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = shade(i % image.Width, i / image.Width);
        return new GrayImage(image.Width, image.Height, pixels);
    }
}
