using System.Globalization;
using SynCxr.Mesh.Imaging;

namespace SynCxr.Mesh.Testkit.Images;

/// <summary>Gray gradients in Kermany's class folders; no two folders of another shade have one image in common.</summary>
public static class GradientImages
{
    private static readonly string[] _labels = ["normal", "bacterial_pneumonia", "viral_pneumonia"];

    /// <param name="shade">Added to each pixel; the length of the folder's name if not given.</param>
    /// <returns>The folder.</returns>
    public static string WriteFolder(string folder, int count, int? shade = null)
    {
        var added = shade ?? Path.GetFileName(folder).Length;
        for (var i = 0; i < count; i++)
        {
            var label = Directory.CreateDirectory(Path.Combine(folder, _labels[i % 3])).FullName;
            byte[] pixels = [.. Enumerable.Range(0, 80 * 80).Select(p => (byte)(p / 80 * (i + 1) / 5 + p % 80 * 2 + added))];
            File.WriteAllBytes(Path.Combine(label, string.Create(CultureInfo.InvariantCulture, $"picture-{i:00}.png")),
                ImageCodec.EncodePng(new GrayImage(80, 80, pixels)));
        }

        return folder;
    }
}
