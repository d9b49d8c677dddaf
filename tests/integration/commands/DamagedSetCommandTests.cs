using SynCxr.Mesh.SealedDatasets;
using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Sealed;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Commands;

/// <summary>Commands on damaged and forged copies of the sealed set that is checked in: codes and sentences that scripts rely on.</summary>
public sealed class DamagedSetCommandTests
{
    public static TheoryData<string> Damages => [.. SealedSetDamages.Names];

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Verify_DamagedCopy_IsThreeAndSaysWhatTheVerifierSays(string damage)
    {
        var (copy, file) = SealedSetDamages.Make(damage);
        using (copy)
        {
            var problem = (await SealedDatasetVerifier.VerifyAsync(copy.Path, CancellationToken.None)).Problems[0];

            var (code, output, error) = await SyncxrProcess.RunAsync("dataset", "verify", copy.Path);

            Assert.True(code == 3, $"{code}: {output}{error}");
            Assert.Equal(file, problem.Path);
            Assert.StartsWith(problem + "\n", output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("train", "--recipe", "convirt", "--name", "x", "--layout", "dataset", "--data")]
    [InlineData("evaluate", "--model", "cxr-tiny-convirt-synthetic", "--layout", "dataset", "--data")]
    public async Task TrainAndEvaluate_ForgedCopy_AreTwoWithTheSameSentence(params string[] command)
    {
        var (copy, problem) = SealedSetForgeries.Make("other vocabulary");
        using (copy)
        using (var scratch = new ScratchFolder())
        {
            var (code, output, error) = await SyncxrProcess.RunAsync([.. command, copy.Path, "--state", scratch["state"]]);

            Assert.True(code == 2, $"{code}: {output}{error}");
            Assert.Contains($"'{copy.Path}' does not hold a data set as it was sealed: {problem}.", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Replay_DamagedCopy_IsThreeAndNamesTheFile()
    {
        var (copy, file) = SealedSetDamages.Make("changed README");
        using (copy)
        {
            var (code, output, error) = await SyncxrProcess.RunAsync("dataset", "replay", copy.Path, "0");

            Assert.True(code == 3, $"{code}: {output}{error}");
            Assert.Contains($"{file} was changed", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Verify_FolderThatIsNoSealedSet_SaysSo()
    {
        using var folder = new ScratchFolder();

        var (code, output, _) = await SyncxrProcess.RunAsync("dataset", "verify", folder.Path);

        Assert.Equal(3, code);
        Assert.Equal($"manifest.json is missing\n'{folder.Path}' is not a sealed data set.", output.Trim());
    }

    [Fact]
    public async Task Verify_File_IsTwoAndSaysThatItIsOne()
    {
        using var scratch = new ScratchFolder();
        await File.WriteAllTextAsync(scratch["set"], "");

        var (code, _, error) = await SyncxrProcess.RunAsync("dataset", "verify", scratch["set"]);

        Assert.Equal(2, code);
        Assert.Contains($"'{scratch["set"]}' is a file. Give the folder of a sealed data set.", error, StringComparison.Ordinal);
    }
}
