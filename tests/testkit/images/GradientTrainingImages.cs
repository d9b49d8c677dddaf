using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Testkit.Images;

/// <summary>Twelve gray gradients in Kermany's class folders.</summary>
public static class GradientTrainingImages
{
    /// <returns>The folder <c>train</c>.</returns>
    public static string Write(ScratchFolder folder)
    {
        var data = folder["images/train"];
        for (var i = 0; i < 12; i++)
        {
            var label = Directory.CreateDirectory(
                Path.Combine(data, new[] { "normal", "bacterial_pneumonia", "viral_pneumonia" }[i % 3])).FullName;
            byte[] pixels = [.. Enumerable.Range(0, 80 * 80).Select(p => (byte)(p / 80 * (i + 1) / 5 + p % 80 * 2))];
            File.WriteAllBytes(Path.Combine(label, $"picture-{i:00}.png"), ImageCodec.EncodePng(new GrayImage(80, 80, pixels)));
        }

        return data;
    }
}
