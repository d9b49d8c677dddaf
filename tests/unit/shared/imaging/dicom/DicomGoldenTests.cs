using System.Text.Json;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Imaging.Dicom;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Shared.Tests.Imaging.Dicom;

/// <summary>DICOM files held to what pydicom and dcmtk read: stored values, pictures, and refusals that name the element.</summary>
public sealed class DicomGoldenTests
{
    private const string Name = "dicom-goldens";
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);

    [GoldenFact("dicom-goldens")]
    public void Files_AreShownAsTheReadersDo()
    {
        if (!GoldenFolder.TryFind(Name, out var folder) || !folder.HasAny("cases.json"))
            return;
        using var cases = JsonDocument.Parse(File.ReadAllText(folder.Resolve("cases.json")));
        GoldenCases.Run(Name, cases.RootElement.EnumerateArray(), c => c.GetProperty("name").GetString()!, c => Check(folder, c));
    }

    private static void Check(GoldenFolder folder, JsonElement item)
    {
        var bytes = File.ReadAllBytes(folder.Resolve(item.GetProperty("file").GetString()!));
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var expected = item.GetProperty("expected").GetString();
        GrayImage image;
        try
        {
            image = DicomDecoder.DecodeGray(bytes, "image");
        }
        catch (MeshException error) when (expected != "picture")
        {
            AssertNames(item, error.Message);
            Assert.True(clock.Elapsed < _limit, $"{clock.Elapsed}");
            return;
        }

        Assert.True(expected != "refuse", "is not refused");
        Assert.True(clock.Elapsed < _limit, $"{clock.Elapsed}");
        if (item.TryGetProperty("stored", out var stored) && IsTrusted(item, "dcmtk") is false)
            CheckStored(folder, bytes, stored);
        if (item.TryGetProperty("display", out var display))
            CheckDisplay(folder, item, display, image);
        else
            Assert.True(image.Pixels.Distinct().Count() > 1, "is a picture of one tone");
    }

    private static void AssertNames(JsonElement item, string message)
    {
        foreach (var text in item.GetProperty("must_not_leave").EnumerateArray())
            Assert.DoesNotContain(text.GetString()!, message, StringComparison.Ordinal);
        if (!item.TryGetProperty("should_name", out var name) || name.ValueKind == JsonValueKind.Null)
            return;
        var names = name.GetString()!;
        var tags = names.Split(", ").SelectMany(n => n.Split(" or ")).Select(n => n.Contains('(') ? n[n.IndexOf('(')..][..11] : n);
        Assert.True(tags.Any(t => message.Contains(t, StringComparison.OrdinalIgnoreCase)), $"names none of {names}: {message}");
    }

    private static void CheckStored(GoldenFolder folder, byte[] bytes, JsonElement stored)
    {
        var (elements, syntax) = DicomReader.Read(bytes);
        var format = PixelFormat.Read(elements);
        var expected = TensorFile.ReadNumpyIntegers(folder.Resolve(stored.GetProperty("file").GetString()!));
        var ours = Enumerable.Range(0, format.Frames).SelectMany(f => StoredPixels.Read(elements, syntax, format, f)).ToArray();
        Assert.Equal(expected.Length, ours.Length);
        var worst = expected.Zip(ours, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(worst <= stored.GetProperty("tolerance").GetInt32(), $"a stored value differs by {worst}");
    }

    private static void CheckDisplay(GoldenFolder folder, JsonElement item, JsonElement display, GrayImage image)
    {
        var file = IsTrusted(item, "dcmtk")
            ? $"dcmtk/{item.GetProperty("name").GetString()}.png" : display.GetProperty("file").GetString()!;
        var expected = ImageCodec.DecodeGray(File.ReadAllBytes(folder.Resolve(file)), "expected");
        Assert.Equal((expected.Width, expected.Height), (image.Width, image.Height));
        var worst = expected.Pixels.Zip(image.Pixels, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(worst <= display.GetProperty("tolerance").GetInt32(), $"a shade differs by {worst}");
    }

    private static bool IsTrusted(JsonElement item, string reader) =>
        item.TryGetProperty("trust", out var trust) && trust.GetString() == reader;
}
