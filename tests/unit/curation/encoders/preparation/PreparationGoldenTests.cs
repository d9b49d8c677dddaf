using System.Runtime.InteropServices;
using System.Text.Json;
using SynCxr.Mesh.Curation.Encoders.Preparation;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Imaging.Pillow;
using SynCxr.Mesh.Testkit.Goldens;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Encoders.Preparation;

/// <summary>Inputs of image encoders that the PIL image processors of transformers made, by their bytes.</summary>
public sealed class PreparationGoldenTests
{
    private const string Exports = "encoder-exports", List = "pixel_values.jsonl";

    [GoldenFact("encoder-exports")]
    public void Prepare_PicturesAndSettings_GivesTheBytes()
    {
        if (!GoldenFolder.TryFind(Exports, out var folder) || !folder.HasAny(List))
            return;
        var crops = TensorFile.ReadSafetensors(folder.Resolve("pixel_values.crops.safetensors"));
        var cases = folder.ReadList(List)
            .SelectMany(item => new[] { "as-opened", "rgb" }.Where(form => item.TryGetProperty(form, out _)).Select(form => (item, form)));
        GoldenCases.Run($"{Exports}/images", cases, c => $"{Text(c.item, "preprocessor")}/{Text(c.item, "name")}/{c.form}", c =>
        {
            var wanted = c.item.GetProperty(c.form);
            var (prepare, picture) = Open(folder, c.item, c.form == "as-opened");
            Assert.Equal(Text(c.item, "mode"), picture.Mode);
            if (wanted.TryGetProperty("error", out _))
            {
                Assert.Equal(ErrorReasons.InvalidField, Assert.Throws<MeshException>(() => prepare.ResizeAndCrop(picture, "image")).Reason);
                return;
            }
            var found = prepare.ResizeAndCrop(picture, "image");
            var values = prepare.ToTensor(found);
            Assert.Equal(wanted.GetProperty("shape").EnumerateArray().Select(side => side.GetInt32()),
                [found.Channels, found.Height, found.Width]);
            if (wanted.TryGetProperty("crop", out var crop))
                Assert.Equal(crops[Text(crop, "key")], Cut(found, values, crop));
            Assert.Equal(Text(wanted, "sha256"), Sha256Digest.HexOf(MemoryMarshal.AsBytes(values.AsSpan())));
        });
    }

    [GoldenFact("encoder-exports")]
    public void ResizeAndCrop_Pictures_GivesThePixels()
    {
        if (!GoldenFolder.TryFind(Exports, out var folder) || !folder.HasAny(List))
            return;
        var cases = folder.ReadList(List).Where(item => item.TryGetProperty("resized_cropped_8bit", out _));
        GoldenCases.Run($"{Exports}/images-8bit", cases, item => Text(item, "resized_cropped_8bit"), item =>
        {
            var (prepare, picture) = Open(folder, item, takesAsOpened: false);
            var found = prepare.ResizeAndCrop(picture, "image");
            var wanted = PillowPicture.Open(File.ReadAllBytes(folder.Resolve(Text(item, "resized_cropped_8bit"))), "png").Rgb;
            Assert.Equal((wanted.Width, wanted.Height), (found.Width, found.Height));
            Assert.True(wanted.Pixels.AsSpan().SequenceEqual(found.Pixels), "the pixels differ");
        });
    }

    private static (ImagePreprocessor Prepare, PillowPicture Picture) Open(GoldenFolder folder, JsonElement item, bool takesAsOpened)
    {
        var settings = PreprocessorSettingsReader.Read(folder.Resolve($"preprocessors/{Text(item, "preprocessor")}"));
        var place = Text(item, "folder") == "pictures" ? "pictures/" : "../";
        var bytes = File.ReadAllBytes(folder.Resolve(place + Text(item, "name")));
        return (new ImagePreprocessor(settings, takesAsOpened), PillowPicture.Open(bytes, "image"));
    }

    private static float[] Cut(RasterImage image, float[] values, JsonElement crop)
    {
        int Number(string key) => crop.GetProperty(key).GetInt32();
        var (top, left, size) = (Number("top"), Number("left"), Number("size"));
        return [.. Enumerable.Range(0, Number("channels")).SelectMany(channel => Enumerable.Range(top, size)
            .SelectMany(y => values.Skip((((channel * image.Height) + y) * image.Width) + left).Take(size)))];
    }

    private static string Text(JsonElement item, string key) => item.GetProperty(key).GetString()!;
}
