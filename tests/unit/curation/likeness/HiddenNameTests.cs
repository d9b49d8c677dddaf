using System.Text;
using SynCxr.Mesh.Curation.Likeness;
using SynCxr.Mesh.Testkit;
using Xunit;

namespace SynCxr.Mesh.Curation.Tests.Likeness;

/// <summary>A verdict says which training image is nearest without a name that may tell a patient.</summary>
public sealed class HiddenNameTests
{
    private const string Patient = "kermany/train/viral_pneumonia/person641_virus_1222.jpeg";

    [Fact]
    public void FindNearest_TrainingImage_IsNamedByAnHmacThatTheIndexKeys()
    {
        using var scratch = new ScratchFolder();
        var index = Write(scratch, "one", [0x3c00, 0]); // half floats: 1, 0
        var same = Write(scratch, "two", [0x3c00, 0]);
        var other = Write(scratch, "three", [0, 0x3c00]);

        var name = index.FindNearest([1, 0]).Name;

        Assert.Matches("^[0-9a-f]{64}$", name);
        Assert.Equal(name, index.HideName(Patient)); // whoever has the folder can look a training image up
        Assert.Equal(name, same.FindNearest([1, 0]).Name); // another replica says the same
        Assert.NotEqual(name, other.FindNearest([0, 1]).Name); // and nobody who lacks the features can
        Assert.NotEqual(name, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(Patient))));
    }

    private static MemorisationIndex Write(ScratchFolder scratch, string generator, ushort[] features)
    {
        var folder = Directory.CreateDirectory(Path.Combine(scratch[generator], "memory")).FullName;
        File.WriteAllBytes(Path.Combine(folder, "index.f16"), [.. features.SelectMany(BitConverter.GetBytes)]);
        File.WriteAllText(Path.Combine(folder, "index.json"), $$"""{"judge_digest":"d","rows":1,"dim":2,"ids":["{{Patient}}"]}""");
        return MemorisationIndex.Load(scratch[generator], "d", 2)!;
    }
}
