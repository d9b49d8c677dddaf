using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Torch.Training;

namespace SynCxr.Mesh.Evaluator.Tests.Peers;

/// <summary>Rendered chests: two dark lungs on gray; an ill one has a white patch in the left lung.</summary>
internal static class RenderedChests
{
    public const int Side = 96;

    public static GrayImage Chest(int number, bool isIll)
    {
        var random = RandomSource.Create(11, "chest", number);
        var dx = random.NextDouble(-4, 4);
        var dy = random.NextDouble(-4, 4);
        var size = random.NextDouble(0.9, 1.1);
        return new GrayImage(Side, Side, [.. Enumerable.Range(0, Side * Side).Select(i =>
        {
            var (x, y) = (i % Side - dx, i / Side - dy);
            var shade = IsLung(x, y, size) ? 50 : 150;
            if (isIll && Math.Pow(x - 66, 2) + Math.Pow(y - 60, 2) < 100)
                shade = 210;
            return (byte)Math.Clamp(shade + random.NextDouble(-12, 12), 0, 255);
        })]);
    }

    public static GrayImage Lungs(int number)
    {
        var random = RandomSource.Create(11, "chest", number);
        var dx = random.NextDouble(-4, 4);
        var dy = random.NextDouble(-4, 4);
        var size = random.NextDouble(0.9, 1.1);
        return new GrayImage(Side, Side,
            [.. Enumerable.Range(0, Side * Side).Select(i => IsLung(i % Side - dx, i / Side - dy, size) ? (byte)255 : (byte)0)]);
    }

    /// <summary>A folder a class, "normal" and "pneumonia", so many images of each.</summary>
    public static void WriteClasses(string folder, int each, int from = 0)
    {
        foreach (var (name, isIll) in new[] { ("normal", false), ("pneumonia", true) })
        {
            Directory.CreateDirectory(Path.Combine(folder, name));
            for (var i = 0; i < each; i++)
                File.WriteAllBytes(Path.Combine(folder, name, $"{from + i:000}.png"),
                    ImageCodec.EncodePng(Chest(2 * (from + i) + (isIll ? 1 : 0), isIll)));
        }
    }

    /// <summary>Folders "png" and "masks", and "data.csv" with two images a patient.</summary>
    public static void WriteMasks(string folder, int images)
    {
        Directory.CreateDirectory(Path.Combine(folder, "png"));
        Directory.CreateDirectory(Path.Combine(folder, "masks"));
        for (var i = 0; i < images; i++)
        {
            File.WriteAllBytes(Path.Combine(folder, "png", $"c{i:000}.png"), ImageCodec.EncodePng(Chest(i, isIll: false)));
            File.WriteAllBytes(Path.Combine(folder, "masks", $"c{i:000}.png"), ImageCodec.EncodePng(Lungs(i)));
        }

        File.WriteAllText(Path.Combine(folder, "data.csv"),
            "patient_id,image_id\n" + string.Concat(Enumerable.Range(0, images).Select(i => $"p{i / 2},c{i:000}\n")));
    }

    private static bool IsLung(double x, double y, double size) => Ellipse(x - 30, y - 50, size) || Ellipse(x - 66, y - 50, size);

    private static bool Ellipse(double x, double y, double size) => Math.Pow(x / (13 * size), 2) + Math.Pow(y / (28 * size), 2) < 1;
}
