using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Evaluator.Tests.Peers;

/// <summary>Made-up radiographs of three classes that differ as much as is asked: dark, bright on one side, bright all over.</summary>
internal static class RenderedRadiographs
{
    public const int Side = 64;

    public static IReadOnlyList<string> Labels { get; } = ["normal", "bacterial_pneumonia", "viral_pneumonia"];

    public static GrayImage Render(string label, int seed)
    {
        var random = new Random(seed);
        var shift = random.Next(-4, 5);
        var grain = 30;
        var pixels = new byte[Side * Side];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (x, y) = (i % Side + shift, i / Side);
            var lung = x is > 8 and < 28 or > 36 and < 56 && y is > 8 and < 56;
            var shade = lung ? 60 : 150;
            if (lung && label == Labels[1] && x < 32)
                shade = 130;
            if (lung && label == Labels[2])
                shade = 100;
            pixels[i] = (byte)Math.Clamp(shade + random.Next(-grain, grain), 0, 255);
        }

        return new GrayImage(Side, Side, pixels);
    }

    /// <summary>Writes <c>train</c> and <c>valid</c>, a folder a class.</summary>
    public static void WriteSet(string folder, int train, int valid)
    {
        foreach (var (part, count, first) in new[] { ("train", train, 0), ("valid", valid, 10_000) })
        {
            for (var label = 0; label < Labels.Count; label++)
            {
                var into = Directory.CreateDirectory(Path.Combine(folder, part, Labels[label])).FullName;
                for (var i = 0; i < count; i++)
                    File.WriteAllBytes(Path.Combine(into, $"{i:0000}.png"),
                        ImageCodec.EncodePng(Render(Labels[label], first + label * 1000 + i)));
            }
        }
    }
}
