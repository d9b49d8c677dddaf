using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Sealed;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Commands;

/// <summary><c>dataset audit</c> and the exports that it can be held against.</summary>
public sealed class DatasetAuditTests
{
    [Fact]
    public async Task Audit_CopiesAsJpegUnderOtherNames_AreAllFoundAndShown()
    {
        using var scratch = new ScratchFolder();
        var (exported, _, problem) = await SyncxrProcess.RunAsync(
            "dataset", "export", "--local", SealedSetFixture.Folder, scratch["jpeg"], "--format", "jpeg", "--quality", "90");
        Assert.True(exported == 0, problem);
        Directory.CreateDirectory(scratch["other"]);
        foreach (var (number, file) in Directory.EnumerateFiles(scratch["jpeg"], "*.jp*g").Order().Index())
            File.Move(file, Path.Combine(scratch["other"], $"x{7 - number}.jpg"));
        File.WriteAllText(Path.Combine(scratch["other"], "broken.png"), "no picture");

        var (code, result, error) = await SyncxrProcess.RunJsonAsync(
            "dataset", "audit", SealedSetFixture.Folder, "--against", scratch["other"],
            "--sheet", scratch["sheet.png"], "--state", scratch["state"]);

        Assert.True(code == 3, error);
        Assert.Equal(4, result.GetProperty("counts").GetProperty("re-encoded copy").GetInt32());
        Assert.Equal(["x7.jpg", "x6.jpg", "x5.jpg", "x4.jpg"], result.GetProperty("overlaps").EnumerateArray()
            .OrderBy(o => o.GetProperty("first").GetString()).Select(o => o.GetProperty("second").GetString()));
        Assert.Equal(1, result.GetProperty("left_out").GetInt32());
        Assert.True(File.Exists(scratch["sheet.png"]));
    }

    [Fact]
    public async Task Audit_LayoutThatThereIsNot_IsTwoAndNamesThoseThatThereAre()
    {
        using var scratch = new ScratchFolder();
        Directory.CreateDirectory(scratch["a"]);

        var (code, _, error) = await SyncxrProcess.RunAsync("dataset", "audit", $"tabel={scratch["a"]}", "--against", scratch["a"],
            "--sheet", scratch["sheet.png"], "--state", scratch["state"]);

        Assert.Equal(2, code);
        Assert.Contains("first: there is no layout 'tabel'", error, StringComparison.Ordinal);
        Assert.Contains("table", error[error.IndexOf("layouts are", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audit_PicturesOfOnePatient_AreFoundByTheirFileNames()
    {
        using var scratch = new ScratchFolder();
        var random = new Random(3);
        foreach (var name in new[] { "a/person7_virus_1.png", "a/person8_virus_1.png", "b/person7_virus_2.png" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(scratch[name])!);
            var pixels = new byte[64 * 64];
            random.NextBytes(pixels);
            File.WriteAllBytes(scratch[name], Imaging.ImageCodec.EncodePng(new Imaging.GrayImage(64, 64, pixels)));
        }

        var (code, result, error) = await SyncxrProcess.RunJsonAsync("dataset", "audit", scratch["a"], "--against", scratch["b"],
            "--similarity", "1", "--sheet", scratch["sheet.png"], "--state", scratch["state"]);

        Assert.True(code == 3, error);
        Assert.Equal(1, result.GetProperty("counts").GetProperty("same patient").GetInt32());
        Assert.Equal("person7_virus_1.png", result.GetProperty("overlaps")[0].GetProperty("first").GetString());
    }

    [Fact]
    public async Task Export_Parquet_HasThreeConfigurations()
    {
        using var scratch = new ScratchFolder();

        var (code, result, error) = await SyncxrProcess.RunJsonAsync(
            "dataset", "export", "--local", SealedSetFixture.Folder, scratch["hub"], "--format", "parquet");

        Assert.True(code == 0, error);
        Assert.Equal(4, result.GetProperty("pictures").GetInt32());
        Assert.Equal(["pairs", "rejects", "run"], Directory.GetDirectories(scratch["hub"]).Select(Path.GetFileName).Order());
    }
}
