using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Sealed;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Commands;

/// <summary><c>alignment thresholds</c>, on a sealed set of four pairs.</summary>
public sealed class AlignmentThresholdsTests
{
    private const string Model = "cxr-tiny-convirt-real";

    [Fact]
    public async Task Thresholds_SealedSet_AreMeasuredAndStoredByTheDigestOfTheModel()
    {
        using var scratch = new ScratchFolder();
        string[] command = ["alignment", "thresholds", Model, "--data", SealedSetFixture.Folder, "--state", scratch["state"]];

        var (code, result, error) = await SyncxrProcess.RunJsonAsync([.. command, "--write", "--max-false-reject", "0"]);
        var (_, again, _) = await SyncxrProcess.RunJsonAsync([.. command, "--max-false-reject", "0"]);

        Assert.True(code == 0, error);
        Assert.Equal((4, 0), (result.GetProperty("false_reject").GetProperty("of").GetInt32(),
            result.GetProperty("false_reject").GetProperty("count").GetInt32()));
        Assert.Equal(4, result.GetProperty("shuffled").GetProperty("images").GetInt32());
        Assert.InRange(result.GetProperty("threshold").GetDouble(), -1, 1);
        var file = $"alignments/local/{result.GetProperty("digest").GetString()}.json";
        Assert.True(File.Exists(Path.Combine(scratch["state"], file)), $"{file} was not written");
        Assert.Equal(result.GetProperty("matched").GetRawText(), again.GetProperty("matched").GetRawText());
        Assert.Equal(result.GetProperty("data_digest").GetString(), again.GetProperty("data_digest").GetString());
    }

    [Theory]
    [InlineData("--pairs 1", "--pairs: is 1")]
    [InlineData("--max-false-reject 1.5", "--max-false-reject")]
    [InlineData("--write --mesh http://127.0.0.1:1", "Curation:AlignmentRoot")]
    public async Task Thresholds_BadOption_IsTwoAndNamesIt(string options, string named)
    {
        using var scratch = new ScratchFolder();

        var (code, _, error) = await SyncxrProcess.RunAsync(["alignment", "thresholds", Model, "--data", SealedSetFixture.Folder,
            "--state", scratch["state"], .. options.Split(' ')]);

        Assert.Equal(2, code);
        Assert.Contains(named, error, StringComparison.Ordinal);
    }
}
