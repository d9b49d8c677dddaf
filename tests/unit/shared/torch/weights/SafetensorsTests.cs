using SynCxr.Mesh.Testkit;
using SynCxr.Mesh.Torch.Weights;
using Xunit;
using static TorchSharp.torch;

namespace SynCxr.Mesh.Shared.Tests.Torch.Weights;

[Collection("torch")]
public sealed class SafetensorsTests
{
    [Fact]
    public void Load_SavedTensors_AreTheSameBits()
    {
        using var folder = new ScratchFolder();
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>
        {
            ["a"] = randn(3, 5),
            ["b.weight"] = arange(7, dtype: ScalarType.Int64),
            ["h"] = randn(4).to_type(ScalarType.Float16),
        };
        Safetensors.Save(folder["x.safetensors"], tensors, new Dictionary<string, string> { ["step"] = "7" });
        var (loaded, metadata) = Safetensors.Load(folder["x.safetensors"]);
        Assert.Equal("7", metadata["step"]);
        Assert.Equal(tensors.Keys.Order(), loaded.Keys.Order());
        foreach (var (key, tensor) in tensors)
        {
            Assert.Equal(tensor.shape, loaded[key].shape);
            Assert.Equal(tensor.bytes.ToArray(), loaded[key].bytes.ToArray());
        }
    }

    [Fact]
    public void Load_AnotherShape_NamesKeyAndBothShapes()
    {
        using var linear = nn.Linear(3, 2);
        using var scope = NewDisposeScope();
        var error = Assert.Throws<InvalidDataException>(
            () => ModuleWeights.Load(linear, new Dictionary<string, Tensor> { ["weight"] = zeros(2, 4), ["bias"] = zeros(2) }));
        Assert.Equal("'weight': the network has shape [2, 3], the weights have [2, 4]", error.Message);
    }

    [Theory]
    [InlineData("bias", "the weights lack 'bias' of shape [2]")]
    [InlineData("", "the weights have 'stray' of shape [1], which the network does not have")]
    public void Load_MissingOrStrayKey_NamesIt(string removedKey, string message)
    {
        using var linear = nn.Linear(3, 2);
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor> { ["weight"] = zeros(2, 3), ["bias"] = zeros(2), ["stray"] = zeros(1) };
        tensors.Remove(removedKey);
        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => ModuleWeights.Load(linear, tensors)).Message);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(40)]
    [InlineData(-6)]
    public void Load_CutOffFile_IsRefusedByName(int length)
    {
        using var folder = new ScratchFolder();
        using var scope = NewDisposeScope();
        var path = folder["x.safetensors"];
        Safetensors.Save(path, new Dictionary<string, Tensor> { ["a"] = zeros(64) });
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, length > 0 ? bytes[..length] : bytes[..^-length]);
        Assert.Contains(path, Assert.Throws<InvalidDataException>(() => Safetensors.Load(path)).Message, StringComparison.Ordinal);
    }
}
