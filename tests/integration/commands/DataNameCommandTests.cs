using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Testkit.Images;
using Xunit;

namespace SynCxr.Mesh.Integration.Tests.Commands;

/// <summary>Commands at a mesh that takes names of data only.</summary>
public sealed class DataNameCommandTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    public DataNameCommandTests() => GradientTrainingImages.Write(_scratch);

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Train_Path_IsRefusedInOneLineWithTheDataRoots()
    {
        var (code, _, error) = await TrainAsync(_scratch["images/train"]);

        Assert.Equal(2, code);
        var line = error.Trim().Split('\n')[^1]; // after the progress of starting the mesh
        Assert.StartsWith($"error: --data: '{_scratch["images/train"]}' is a path", line, StringComparison.Ordinal);
        Assert.Contains("The data roots that you may read are data/mine.", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_NameBelowADataRoot_IsTaken()
    {
        var (code, output, error) = await TrainAsync("data/mine/train");

        Assert.True(code == 0, error);
        Assert.Contains("The options are valid", output, StringComparison.Ordinal);
    }

    private Task<(int Code, string Output, string Error)> TrainAsync(string data) => SyncxrProcess.RunAsync(
        "train", "--recipe", "quality-judge", "--preset", "test", "--data", data, "--name", "m", "--validate-only", "--state",
        _scratch["state"], "--set", "Data:TakePaths=false", "--set", $"Data:Roots:mine:Path={_scratch["images"]}", "--set",
        "Data:Roots:mine:Tenants:0=local");
}
