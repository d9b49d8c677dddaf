using SynCxr.Mesh.Curation.Encoders.Preparation;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Imaging.Pillow;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Encoders.Preparation;

public sealed class PreprocessorSettingsReaderTests
{
    private const string Bit = "\"image_processor_type\": \"BitImageProcessor\"";

    [Theory]
    [InlineData("{}", "image_processor_type: is missing")]
    [InlineData("{\"image_processor_type\": \"BitImageProcessorFast\"}", "save the folder with BitImageProcessor")]
    [InlineData("{\"image_processor_type\": \"SamImageProcessor\"}", "image_processor_type: can't be obeyed")]
    [InlineData("{" + Bit + ", \"size\": {\"longest_edge\": 300}}", "size.longest_edge: can't be obeyed")]
    [InlineData("{" + Bit + ", \"size\": {\"shortest_edge\": 0}}", "size.shortest_edge: must be 1 to 4096")]
    [InlineData("{" + Bit + ", \"size\": {\"height\": 8}}", "size.width: is missing")]
    [InlineData("{" + Bit + ", \"resample\": 6}", "resample: must be the number of a filter")]
    [InlineData("{" + Bit + ", \"do_resize\": 1}", "do_resize: must be true or false")]
    [InlineData("{" + Bit + ", \"image_std\": [1, 0, 1]}", "image_std: must hold a number for each")]
    [InlineData("{" + Bit + ", \"image_mean\": [1, 1]}", "image_mean: must hold a number for each")]
    [InlineData("{\"image_processor_type\": \"ViTImageProcessor\", \"size\": {\"shortest_edge\": 9}}", "is not taken by a ViT")]
    public void Read_SettingsThatCannotBeObeyed_AreRefusedByFileAndKey(string json, string part)
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder[PreprocessorSettingsReader.FileName], json);

        var refusal = Assert.Throws<InvalidDataException>(() => PreprocessorSettingsReader.Read(folder.Path));

        Assert.Contains($"{PreprocessorSettingsReader.FileName}: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(part, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_PictureThatWouldBecomeHuge_IsRefusedBeforeItIsMade()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder[PreprocessorSettingsReader.FileName], "{" + Bit + ", \"size\": {\"shortest_edge\": 518}}");
        var strip = PillowPicture.Open(ImageCodec.EncodePng(new GrayImage(4096, 2, new byte[8192])), "image");
        var prepare = new ImagePreprocessor(PreprocessorSettingsReader.Read(folder.Path));

        var refusal = Assert.Throws<MeshException>(() => prepare.ResizeAndCrop(strip, "image"));

        Assert.Contains("would be resized to 1060864 x 518", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_InputThatNoEncoderHasMemoryFor_IsRefused()
    {
        using var folder = new ScratchFolder();
        File.WriteAllText(folder[PreprocessorSettingsReader.FileName], "{" + Bit + ", \"do_resize\": false, \"do_center_crop\": false}");
        var prepare = new ImagePreprocessor(PreprocessorSettingsReader.Read(folder.Path));
        PillowPicture Open(int width) => PillowPicture.Open(ImageCodec.EncodePng(new GrayImage(width, 1024, new byte[width * 1024])), "i");

        Assert.Equal(1024, prepare.ResizeAndCrop(Open(1024), "image").Width);
        var refusal = Assert.Throws<MeshException>(() => prepare.ResizeAndCrop(Open(1025), "image"));

        Assert.Contains("at most 1048576", refusal.Message, StringComparison.Ordinal);
    }
}
