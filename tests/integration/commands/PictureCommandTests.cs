using System.Text.Json;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Provenance;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Identity;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Commands;

/// <summary><c>dataset export --format</c> and <c>image inspect</c>: single pictures leave with their marks, and are known again.</summary>
public sealed class PictureCommandTests(DemoFixture demo) : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    [Theory]
    [InlineData("png", "png")]
    [InlineData("jpeg", "jpg")]
    public async Task Export_WithAKey_WritesPicturesThatInspectKnowsAgain(string format, string extension)
    {
        using var signer = new TestSigner(_scratch["signer"]);
        var (key, chain) = signer.Issue("exporter");

        var (code, result, error) = await SyncxrProcess.RunJsonAsync("dataset", "export", demo.Folder, _scratch["out"], "--local",
            "--format", format, "--signing-key", key, "--certificate-chain", chain);

        Assert.True(code == 0, error);
        var pictures = result.GetProperty("pictures").GetInt64();
        Assert.True(pictures > 0);
        Assert.Equal(pictures, result.GetProperty("signed").GetInt64());
        Assert.Equal(pictures, Directory.GetFiles(_scratch["out"], $"*.{extension}").Length);
        var inspected = await InspectAsync($"000003.{extension}", "--against", demo.Folder, "--trust-anchors", signer.RootFile);
        Assert.True(inspected.GetProperty("ours").GetBoolean());
        Assert.Equal(format == "png" ? "pixels" : "mark", inspected.GetProperty("by").GetString());
        Assert.Equal("Trusted", inspected.GetProperty("manifest").GetProperty("state").GetString());
        Assert.Equal(3, inspected.GetProperty("mark").GetProperty("pair").GetInt64());
        Assert.Equal(3, inspected.GetProperty("pairs")[0].GetProperty("pair").GetInt64());
        Assert.Empty(inspected.GetProperty("problems").EnumerateArray());
    }

    [Fact]
    public async Task Export_Dicom_IsKnownByItsPixels()
    {
        var (code, _, error) = await SyncxrProcess.RunJsonAsync("dataset", "export", demo.Folder, _scratch["out"], "--local", "--format",
            "dicom", "--bits", "12");

        Assert.True(code == 0, error);
        var inspected = await InspectAsync("000001.dcm", "--against", demo.Folder);
        Assert.Equal("YES", inspected.GetProperty("dicom").GetProperty("synthetic_data").GetString());
        Assert.Equal("pixels", inspected.GetProperty("by").GetString());
        Assert.Equal(1, inspected.GetProperty("pairs")[0].GetProperty("pair").GetInt64());
    }

    [Fact]
    public async Task Export_SetWithSplits_HasAFolderForEachAndTheLicences()
    {
        await File.WriteAllTextAsync(_scratch["spec.yaml"], "pairs: 4\nseed: 3\nsplits: {by: share, train: 0.5, test: 0.5}\n");
        var (made, set, problem) = await SyncxrProcess.RunJsonAsync("dataset", "create", "-f", _scratch["spec.yaml"], "--watch", "--state",
            _scratch["state"]);
        Assert.True(made == 0, problem);

        var (code, _, error) = await SyncxrProcess.RunJsonAsync("dataset", "export", set.GetProperty("folder").GetString()!,
            _scratch["out"], "--local", "--format", "png");

        Assert.True(code == 0, error);
        Assert.Equal(["test", "train"], Directory.GetDirectories(_scratch["out"]).Select(Path.GetFileName).Order());
        Assert.Equal([2, 2], new[] { "test", "train" }.Select(s => Directory.GetFiles(_scratch[$"out/{s}"], "*.png").Length));
        Assert.All(Directory.GetFiles(_scratch["out"], "*.png", SearchOption.AllDirectories),
            f => Assert.True(File.Exists(Path.ChangeExtension(f, "txt"))));
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(set.GetProperty("folder").GetString()!, "LICENSE.md")),
            await File.ReadAllTextAsync(_scratch["out/LICENSE.md"]));
    }

    [Fact]
    public async Task Export_FolderGivenForAName_SaysWhatToAdd()
    {
        var (code, _, error) = await SyncxrProcess.RunAsync("dataset", "export", demo.Folder, _scratch["out"], "--format", "png");

        Assert.Equal(2, code);
        Assert.Contains("is a folder of this machine. Add --local.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_PictureWithoutMarks_IsKnownByItsPixelsAlone()
    {
        await SyncxrProcess.RunJsonAsync("dataset", "export", demo.Folder, _scratch["out"], "--local", "--format", "png");
        var bare = ImageCodec.EncodePng(ImageCodec.Decode(await File.ReadAllBytesAsync(_scratch["out/000002.png"]), "image"));
        await File.WriteAllBytesAsync(_scratch["out/bare.png"], bare);

        var alone = await InspectAsync("bare.png");
        var held = await InspectAsync("bare.png", "--against", demo.Folder);

        Assert.False(alone.GetProperty("synthetic").GetBoolean());
        Assert.Equal(JsonValueKind.Null, alone.GetProperty("by").ValueKind);
        Assert.Equal(("pixels", 2), (held.GetProperty("by").GetString(), held.GetProperty("pairs")[0].GetProperty("pair").GetInt64()));
    }

    [Fact]
    public async Task Inspect_MarkOfAnotherPair_IsThreeAndSaysSo()
    {
        await SyncxrProcess.RunJsonAsync("dataset", "export", demo.Folder, _scratch["out"], "--local", "--format", "png");
        var png = await File.ReadAllBytesAsync(_scratch["out/000002.png"]);
        var mark = PictureMark.Read(png)!;
        await File.WriteAllBytesAsync(_scratch["out/wrong.png"], PictureMark.Write(png, mark with { Pair = 4 }));

        var (code, result, _) = await SyncxrProcess.RunJsonAsync("image", "inspect", _scratch["out/wrong.png"], "--against", demo.Folder);

        Assert.Equal(3, code);
        Assert.Contains("pair 4", result.GetProperty("problems")[0].GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--format", "tiff", "--format")]
    [InlineData("--bits", "12", "--bits")]
    [InlineData("--quality", "50", "--quality")]
    [InlineData("--local", "", "--local")]
    public async Task Export_OptionThatDoesNotFit_IsTwoAndNamesIt(string option, string value, string named)
    {
        string[] args = ["dataset", "export", demo.Folder, _scratch["out"], option, .. value.Length > 0 ? [value] : Array.Empty<string>()];

        var (code, _, error) = await SyncxrProcess.RunAsync(args);

        Assert.Equal(2, code);
        Assert.Contains(named, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_NoPicture_IsTwo()
    {
        await File.WriteAllTextAsync(_scratch["text.png"], "no picture");

        var (code, _, error) = await SyncxrProcess.RunAsync("image", "inspect", _scratch["text.png"]);

        Assert.Equal(2, code);
        Assert.Contains("neither PNG nor JPEG", error, StringComparison.Ordinal);
    }

    public void Dispose() => _scratch.Dispose();

    private async Task<JsonElement> InspectAsync(string name, params string[] options)
    {
        var (code, result, error) = await SyncxrProcess.RunJsonAsync(["image", "inspect", _scratch[$"out/{name}"], .. options]);
        Assert.True(code == 0, error);
        return result;
    }
}
